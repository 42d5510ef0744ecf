import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RequestQueue } from "../src/request-queue.ts";
import { isCollected } from "./support/garbage.ts";

interface Item {
  readonly number: number;
  queued: boolean;
}

const item = (number: number): Item => ({ number, queued: true });

function leave(queue: RequestQueue<Item>, left: Item): void {
  left.queued = false;
  queue.forget();
}

function drain(queue: RequestQueue<Item>): number[] {
  const numbers: number[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) numbers.push(next.number);
  return numbers;
}

describe("first in, first out", () => {
  test("items come out in the order in which they went in", () => {
    const queue = new RequestQueue<Item>();
    for (let i = 0; i < 5; i++) queue.push(item(i));
    expect(queue.length).toBe(5);
    expect(drain(queue)).toEqual([0, 1, 2, 3, 4]);
    expect(queue.length).toBe(0);
  });

  test("what is put back comes before all others, last put back first", () => {
    const queue = new RequestQueue<Item>();
    queue.push(item(2));
    queue.push(item(3));
    queue.unshift(item(1));
    queue.unshift(item(0));
    expect(drain(queue)).toEqual([0, 1, 2, 3]);
  });

  test("peek shows whose turn it is and leaves it", () => {
    const queue = new RequestQueue<Item>();
    expect(queue.peek()).toBeUndefined();
    queue.push(item(7));
    expect(queue.peek()?.number).toBe(7);
    expect(queue.length).toBe(1);
    expect(queue.shift()?.number).toBe(7);
    expect(queue.shift()).toBeUndefined();
  });

  test("the order holds when the ring wraps around and grows", () => {
    const queue = new RequestQueue<Item>();
    let next = 0;
    let expected = 0;
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 300; i++) queue.push(item(next++));
      for (let i = 0; i < 200; i++) expect(queue.shift()?.number).toBe(expected++);
    }
    expect(drain(queue)).toEqual(Array.from({ length: next - expected }, (_, i) => expected + i));
  });

  test("putting back into a full ring makes it grow", () => {
    const queue = new RequestQueue<Item>();
    for (let i = 0; i < 1_024; i++) queue.push(item(i));
    queue.unshift(item(-1));
    expect(queue.length).toBe(1_025);
    expect(drain(queue)).toEqual(Array.from({ length: 1_025 }, (_, i) => i - 1));
  });
});

describe("items that leave by another way", () => {
  test("do not count and do not come out", () => {
    const queue = new RequestQueue<Item>();
    const items = [0, 1, 2, 3].map(item);
    for (const each of items) queue.push(each);
    leave(queue, items[0]!);
    leave(queue, items[2]!);
    expect(queue.length).toBe(2);
    expect(queue.peek()?.number).toBe(1);
    expect(drain(queue)).toEqual([1, 3]);
  });

  test("all of them: the queue is empty", () => {
    const queue = new RequestQueue<Item>();
    const items = Array.from({ length: 5_000 }, (_, i) => item(i));
    for (const each of items) queue.push(each);
    for (const each of items) leave(queue, each);
    expect(queue.length).toBe(0);
    expect(queue.peek()).toBeUndefined();
  });

  test("a sweep in the middle of skipping them does not lose count", () => {
    const queue = new RequestQueue<Item>();
    const items = Array.from({ length: 16_384 }, (_, i) => item(i));
    for (const each of items) queue.push(each);
    // The ring shrinks when it holds less than an eighth: just there, those whose turn it is have left.
    for (const each of items.slice(14_300, 14_400)) leave(queue, each);
    for (let i = 0; i < 14_300; i++) queue.shift();
    expect(queue.length).toBe(16_384 - 14_400);
    expect(queue.shift()?.number).toBe(14_400);
    expect(drain(queue).length).toBe(16_384 - 14_401);
    expect(queue.length).toBe(0);
  });

  test("are let go although others wait before and behind them", async () => {
    const queue = new RequestQueue<Item>();
    queue.push(item(-1));
    const reference = (() => {
      const gone = Array.from({ length: 3_000 }, (_, i) => item(i));
      for (const each of gone) queue.push(each);
      queue.push(item(3_000));
      for (const each of gone) leave(queue, each);
      return new WeakRef(gone[0]!);
    })();
    expect(await isCollected(reference)).toBe(true);
    expect(drain(queue)).toEqual([-1, 3_000]);
  });
});

test("behaves as an array does, over any sequence of operations", () => {
  const operation = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("push" as const), count: fc.integer({ min: 1, max: 900 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("unshift" as const),
        count: fc.integer({ min: 1, max: 300 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("shift" as const),
        count: fc.integer({ min: 1, max: 2_500 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("leave" as const),
        count: fc.integer({ min: 1, max: 2_000 }),
        from: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 40 }), (operations) => {
      const queue = new RequestQueue<Item>();
      let model: Item[] = [];
      let next = 0;
      for (const step of operations) {
        if (step.kind === "push" || step.kind === "unshift") {
          for (let i = 0; i < step.count; i++) {
            const added = item(next++);
            if (step.kind === "push") {
              queue.push(added);
              model.push(added);
            } else {
              queue.unshift(added);
              model.unshift(added);
            }
          }
        } else if (step.kind === "shift") {
          for (let i = 0; i < step.count; i++) {
            expect(queue.peek()).toBe(model[0]);
            expect(queue.shift()).toBe(model.shift());
          }
        } else {
          const from = Math.floor(step.from * model.length);
          const leaving = model.slice(from, from + step.count);
          for (const each of leaving) leave(queue, each);
          model = model.filter(({ queued }) => queued);
        }
        expect(queue.length).toBe(model.length);
        expect(queue.peek()).toBe(model[0]);
      }
      expect(drain(queue)).toEqual(model.map(({ number }) => number));
      expect(queue.length).toBe(0);
    }),
    { numRuns: 60 },
  );
});
