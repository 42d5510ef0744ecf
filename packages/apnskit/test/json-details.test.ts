import { describe, expect, it } from "vitest";
import { liveActivityUpdate, raw, voip } from "../src/index.ts";
import { refusal } from "./kit/refusal.ts";

const content = (value: unknown) =>
  (
    liveActivityUpdate({ contentState: { value } }).payload() as {
      aps: { "content-state": { value: unknown } };
    }
  ).aps["content-state"].value;
const data = (value: unknown) => (voip({ data: { value } }).payload() as { value: unknown }).value;

/** Arrays in an array. */
function nested(levels: number): object {
  let value: object = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

/** Values in a chain of keys "a". */
function below(depth: number, value: unknown): object {
  let inner: unknown = value;
  for (let level = 0; level < depth; level++) inner = { a: inner };
  return inner as object;
}

describe("values are read once, and written as JSON.stringify does", () => {
  const swift = (time: number) => new Date(Date.UTC(2001, 0, 1) + time);

  it("dates in a row, each in its form", () => {
    expect(content([1, swift(1_000), "a", swift(2_000)])).toEqual([1, 1, "a", 2]);
    expect(content({ a: 1, b: swift(1_000), c: swift(2_000) })).toEqual({ a: 1, b: 1, c: 2 });
  });

  it("a date after deeper values", () => {
    const timestamp = swift(1_000);
    const { aps } = voip({ aps: { "content-state": { a: { b: [timestamp] } }, timestamp } }).payload() as {
      aps: object;
    };
    expect(aps).toEqual({ "content-state": { a: { b: [1] } }, timestamp: 978_307_201 });
  });

  it("the getters of an instance, with what they first return", () => {
    let reads = 0;
    class Score {
      constructor() {
        const get = () => ++reads;
        Object.defineProperty(this, "points", { enumerable: true, get });
      }
    }
    expect(data([new Score()])).toEqual([{ points: 1 }]);
    expect(reads).toBe(1);
  });

  it("what toJSON() returns, without a second toJSON()", () => {
    const again = { toJSON: () => "wrong", a: 1 };
    const list = Object.assign([1, 2], { toJSON: () => "wrong" });
    expect(data({ toJSON: () => again })).toEqual({ a: 1 });
    expect(data({ toJSON: () => list })).toEqual([1, 2]);
  });

  it("a function with a toJSON()", () => {
    expect(data(Object.assign(() => 1, { toJSON: () => 7 }))).toBe(7);
    expect(data([Object.assign(() => 1, { toJSON: () => 7 }), () => 1])).toEqual([7, null]);
    const first = Object.assign(() => 1, { toJSON: () => 7 });
    expect(content({ first, at: swift(1_000) })).toEqual({ first: 7, at: 1 });
  });

  it("an instance with nothing to show, and one with a getter beside its properties", () => {
    class Empty {}
    class Sum {
      a = 1;
      get b() {
        return 2;
      }
    }
    expect(data([new Empty(), new Sum()])).toEqual([{}, { a: 1 }]);
    expect(data(new (class extends Empty {})())).toEqual({});
  });

  it("a plain object that looks like a promise", () => {
    // With a date, it gets the closer look.
    // biome-ignore lint/suspicious/noThenProperty: that is what is tried
    expect(content({ then: () => 1, at: swift(1_000) })).toEqual({ at: 1 });
  });
});

describe("a value that would be lost is refused", () => {
  it.each<[string, unknown]>([
    [
      "an iterable without properties",
      new (class {
        *[Symbol.iterator]() {}
      })(),
    ],
    [
      "an async iterable without properties",
      new (class {
        async *[Symbol.asyncIterator]() {}
      })(),
    ],
    [
      "an instance that inherits its getter",
      new (class extends class {
        get a() {
          return 1;
        }
      } {})(),
    ],
  ])("%s", (_name, value) => {
    expect(refusal(() => data(value)).message).toBe(
      "data.value: would be written as {}; use a plain object, or give its class a toJSON()",
    );
  });

  it("with its place, also after deeper values", () => {
    expect(refusal(() => data({ a: { b: { c: 1 } }, d: 1n })).field).toBe("data.value.d");
    expect(refusal(() => data([[[1]], 1n])).field).toBe("data.value[1]");
  });

  it("with the first eight segments of its place", () => {
    const field = (depth: number) => refusal(() => raw({ payload: below(depth, 1n) })).field;
    expect([field(7), field(8), field(9)]).toEqual([
      `payload${".a".repeat(7)}`,
      `payload${".a".repeat(7)}…`,
      `payload${".a".repeat(7)}…`,
    ]);
  });

  it("below 500 levels", () => {
    expect(raw({ payload: nested(500) }).body).toHaveLength(1_000);
    expect(refusal(() => raw({ payload: nested(501) })).message).toMatch(
      /^payload.*: is nested deeper than the 500 levels that a payload may have$/,
    );
  });

  it("where an object is needed, and toJSON() makes null, a list or a date of it", () => {
    for (const made of [null, [], "a"]) {
      const contentState = { toJSON: () => made };
      expect(refusal(() => liveActivityUpdate({ contentState })).message).toBe(
        "contentState: must be an object; received an object",
      );
    }
  });
});
