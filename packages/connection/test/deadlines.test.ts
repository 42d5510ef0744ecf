import { ManualClock } from "@apnskit/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Clock, Request } from "../src/index.ts";
import { Deadlines, deadlineOf, deadlineSource, type Expiring } from "../src/internal.ts";

/** How late a deadline may be noticed. */
const PRECISION = 8;

class Item implements Expiring {
  bucket: Expiring["bucket"] = undefined;
  previous: Expiring | undefined = undefined;
  next: Expiring | undefined = undefined;
  readonly deadline: number;
  readonly #clock: Clock;
  readonly #then: (() => void) | undefined;
  readonly expiredAt: number[] = [];

  constructor(clock: Clock, deadline: number, then?: () => void) {
    this.#clock = clock;
    this.deadline = deadline;
    this.#then = then;
  }

  expire(): void {
    this.expiredAt.push(this.#clock.now());
    this.#then?.();
  }
}

function setup() {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const add = (delay: number, then?: () => void): Item => {
    const item = new Item(clock, clock.now() + delay, then);
    deadlines.add(item, clock.now());
    return item;
  };
  return { clock, deadlines, add };
}

test("property: like a naive model, nothing early, nothing late, nothing twice, nothing that was removed", () => {
  const delay = fc.oneof(
    fc.double({ min: -10, max: 2_000, noNaN: true }),
    fc.integer({ min: 0, max: 100_000_000 }),
    fc.constant(Infinity),
  );
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("add" as const), delay }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), which: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("advance" as const),
        by: fc.double({ min: 0, max: 5_000, noNaN: true }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("advance" as const),
        by: fc.integer({ min: 0, max: 50_000_000 }),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { clock, deadlines, add } = setup();
      const model = new Set<Item>();
      const removed: Item[] = [];
      const all: Item[] = [];
      for (const each of steps) {
        if (each.kind === "add") {
          const item = add(each.delay);
          all.push(item);
          if (item.deadline !== Infinity) model.add(item);
        } else if (each.kind === "remove") {
          const item = all[each.which % Math.max(1, all.length)];
          if (item === undefined) continue;
          deadlines.remove(item);
          if (model.delete(item)) removed.push(item);
        } else {
          clock.advance(each.by);
          for (const item of model) {
            if (item.deadline + PRECISION <= clock.now()) expect(item.expiredAt, "late").toHaveLength(1);
            if (item.expiredAt.length === 0) continue;
            expect(item.expiredAt[0]!, "early").toBeGreaterThanOrEqual(item.deadline);
            model.delete(item);
          }
        }
        expect(deadlines.size).toBe(model.size);
        expect(clock.refed).toBe(model.size > 0 ? 1 : 0);
      }
      for (const item of removed) expect(item.expiredAt).toEqual([]);
      for (const item of all) expect(item.expiredAt.length).toBeLessThanOrEqual(1);
      deadlines.clear();
      expect(clock.delays).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

describe("expiring", () => {
  test.each([0, 1, 7.5, 100, 1_000, 1_025, 10_000, 60_000, 3_600_000, 2_592_000_000])(
    "after %d ms: not before, and within 8 ms",
    (delay) => {
      const { clock, add } = setup();
      clock.advance(12_345.678);
      const item = add(delay);
      const due = item.deadline;
      clock.advance(delay + PRECISION);
      expect(item.expiredAt).toHaveLength(1);
      expect(item.expiredAt[0]!).toBeGreaterThanOrEqual(due);
      expect(item.expiredAt[0]! - due).toBeLessThanOrEqual(PRECISION);
    },
  );

  test("the smallest delay that a number can hold passes as well", () => {
    const { clock, add } = setup();
    const item = add(Number.MIN_VALUE);
    clock.advance(PRECISION);
    expect(item.expiredAt).toHaveLength(1);
  });

  test("an earlier deadline that is added later goes first", () => {
    const { clock, add } = setup();
    const late = add(5_000);
    const early = add(50);
    clock.advance(60);
    expect([early.expiredAt.length, late.expiredAt.length]).toEqual([1, 0]);
    clock.advance(5_000);
    expect(late.expiredAt).toHaveLength(1);
  });

  test("what is added from within an expiry expires in its turn", () => {
    const { clock, add } = setup();
    const added: Item[] = [];
    add(100, () => added.push(add(0), add(100)));
    clock.advance(100 + PRECISION);
    clock.advance(PRECISION);
    expect(added.map((item) => item.expiredAt.length)).toEqual([1, 0]);
    clock.advance(100 + PRECISION);
    expect(added.map((item) => item.expiredAt.length)).toEqual([1, 1]);
  });

  test("what comes due while the process was suspended expires once, all of it", () => {
    const { clock, add } = setup();
    const { now } = clock;
    const items = Array.from({ length: 100 }, (_, i) => add(i * 100));
    clock.now = () => Reflect.apply(now, clock, []) + 1e6;
    clock.advance(1_000);
    expect(items.map((item) => item.expiredAt.length)).toEqual(items.map(() => 1));
  });

  test("100,000 at the same moment: 2,000 at a time, each batch from a timer of its own", () => {
    const { clock, deadlines, add } = setup();
    const { setTimer } = clock;
    const batches: number[] = [];
    let before = 100_000;
    clock.setTimer = (callback, delay) => {
      const measured = (): void => {
        callback();
        if (deadlines.size < before) batches.push(before - deadlines.size);
        before = deadlines.size;
      };
      return Reflect.apply(setTimer, clock, [measured, delay]);
    };
    for (let i = 0; i < 100_000; i++) add(10_000);
    clock.advance(10_000 + PRECISION);
    expect(batches).toHaveLength(50);
    expect(new Set(batches)).toEqual(new Set([2_000]));
  });
});

describe("the timer", () => {
  test("there is one, however many deadlines there are", () => {
    const { clock, deadlines, add } = setup();
    for (let i = 1; i < 5_000; i++) add(i * 7);
    expect([deadlines.size, clock.pending]).toEqual([4_999, 1]);
    deadlines.clear();
    expect([deadlines.size, clock.pending]).toEqual([0, 0]);
  });

  test("keeps the process alive only while something is entered", () => {
    const { clock, deadlines, add } = setup();
    const item = add(10_000);
    expect(clock.refed).toBe(1);
    deadlines.remove(item);
    expect([clock.refed, deadlines.size]).toEqual([0, 0]);
    add(20_000);
    expect(clock.refed).toBe(1);
    deadlines.clear();
  });

  test("is not set for what never expires", () => {
    const { clock, deadlines, add } = setup();
    const item = add(Infinity);
    expect([deadlines.size, clock.pending]).toEqual([0, 0]);
    deadlines.remove(item);
    expect(deadlines.size).toBe(0);
  });

  test("clear() from within an expiry: the rest of that moment's batch is the caller's to ignore, no timer is left", () => {
    const { clock, deadlines, add } = setup();
    add(100, () => deadlines.clear());
    const later = add(5_000);
    clock.advance(10_000);
    expect(later.expiredAt).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("removing twice counts once; a removed item may be entered again", () => {
    const { clock, deadlines, add } = setup();
    const item = add(100);
    add(100);
    deadlines.remove(item);
    deadlines.remove(item);
    expect(deadlines.size).toBe(1);
    deadlines.add(item, clock.now());
    clock.advance(100 + PRECISION);
    expect(item.expiredAt).toHaveLength(1);
    deadlines.clear();
  });
});

describe("deadlineOf and deadlineSource", () => {
  const clock = new ManualClock({ now: 5_000, epoch: 1_800_000_000_000 });
  const wall = clock.epoch();
  test.each([
    ["timeout alone", { timeout: 100 }, undefined, 5_100],
    ["deadline alone", { timeout: Infinity, deadline: wall + 250 }, undefined, 5_250],
    ["expiration alone", { timeout: Infinity }, wall / 1000 + 3, 8_000],
    ["all three", { timeout: 4_000, deadline: wall + 3_500 }, wall / 1000 + 3, 8_000],
    ["none", { timeout: Infinity }, undefined, Infinity],
    ["past", { timeout: 4_000, deadline: wall - 1 }, undefined, 4_999],
  ])("%s", (_title, options, expiration, expected) => {
    const headers: Record<string, string> = {};
    if (expiration !== undefined) headers["apns-expiration"] = String(expiration);
    expect(deadlineOf(Request.of("/", headers, "", options), clock.now(), clock)).toBe(expected);
  });

  test("the source is the limit that has passed; of two, the caller's own", () => {
    const request = Request.of("/", { "apns-expiration": "2000" }, "", { deadline: 1_000_000 });
    expect(deadlineSource(request, 999_999)).toBe("timeout");
    expect(deadlineSource(request, 1_000_000)).toBe("deadline");
    expect(deadlineSource(request, 3_000_000)).toBe("deadline");
    expect(deadlineSource(Request.of("/", { "apns-expiration": "2000" }), 2_000_000)).toBe("expiration");
  });
});

test("a hundred thousand of the same moment move on in portions: the event loop gets turns in between", () => {
  const clock = new ManualClock();
  const { setTimer } = clock;
  let entered = 0;
  let mostInOneTurn = 0;
  clock.setTimer = (callback, delay) =>
    setTimer.call(
      clock,
      () => {
        const before = entered;
        callback();
        mostInOneTurn = Math.max(mostInOneTurn, entered - before);
      },
      delay,
    );
  class Counted extends Item {
    #bucket: Expiring["bucket"];
    constructor() {
      super(clock, 600_000);
      Object.defineProperty(this, "bucket", {
        get: () => this.#bucket,
        set: (bucket) => {
          if (bucket !== undefined) entered++;
          this.#bucket = bucket;
        },
      });
    }
  }
  const deadlines = new Deadlines(clock);
  const items = Array.from({ length: 100_000 }, () => new Counted());
  for (const item of items) deadlines.add(item, clock.now());
  expect(entered).toBe(100_000);
  clock.advance(600_000 + PRECISION);
  expect(items.every(({ expiredAt }) => expiredAt.length === 1)).toBe(true);
  expect(mostInOneTurn).toBeGreaterThan(0);
  expect(mostInOneTurn).toBeLessThanOrEqual(20_000);
  deadlines.clear();
});
