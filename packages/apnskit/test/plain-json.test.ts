import { describe, expect, it } from "vitest";
import { isPlainJson } from "../src/notifications/plain-json.ts";

/** An object in an object, and so on. */
function nested(levels: number): object {
  let value: object = {};
  for (let level = 1; level < levels; level++) value = level % 2 === 0 ? { value } : [value];
  return value;
}

const today = new Date(0);
const text = (length: number) => "x".repeat(length);

describe("a value that needs no closer look", () => {
  it.each<[string, object]>([
    ["an empty object", {}],
    ["an empty array", []],
    ["each kind of plain value", { a: 1, b: "x", c: true, d: null, e: undefined, f: [0, false] }],
    ["an object without a prototype", Object.create(null) as object],
    ["a key toJSON without a value", { toJSON: undefined }],
    ["20 levels", nested(20)],
    ["100,000 characters", [text(99_996), {}]],
    ["as many places", new Array(99_998)],
    ["a date", today],
    ["dates inside", { a: [today] }],
  ])("%s", (_name, value) => {
    expect(isPlainJson(value, true)).toBe(true);
  });

  it("may follow one that was too large", () => {
    expect([isPlainJson([text(99_999), {}], false), isPlainJson([text(99_000), {}], false)]).toEqual([
      false,
      true,
    ]);
  });
});

describe("a value that needs a closer look", () => {
  it.each<[string, unknown]>([
    ["NaN", Number.NaN],
    ["an infinity", Number.NEGATIVE_INFINITY],
    ["a bigint", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("a")],
    ["an invalid date", new Date(Number.NaN)],
    ["a date with a toJSON() of its own", Object.assign(new Date(0), { toJSON: () => "x" })],
    ["an object with a toJSON()", { toJSON: () => 1 }],
    ["an array with a toJSON()", Object.assign([1], { toJSON: () => 1 })],
    ["a map", new Map()],
    ["an instance of a class", new (class Score {})()],
    ["an instance of a subclass of Array", new (class List extends Array {})()],
    ["an object that only inherits from Array", Object.create(Array.prototype)],
    ["20 levels below", nested(20)],
  ])("%s, alone or inside", (_name, value) => {
    expect(isPlainJson({ value }, true)).toBe(false);
    expect(isPlainJson([0, value], true)).toBe(false);
    expect(isPlainJson([value, 0], true)).toBe(false);
    expect(isPlainJson({ a: { value, b: 0 } }, true)).toBe(false);
  });

  it.each<[string, object]>([
    ["21 levels", nested(21)],
    ["more than 100,000 characters", [text(99_997), {}]],
    ["too many places", new Array(99_999)],
    [
      "a getter that throws",
      {
        get a() {
          throw new Error("no");
        },
      },
    ],
  ])("%s", (_name, value) => {
    expect(isPlainJson(value, true)).toBe(false);
  });

  it("a date where dates have another form", () => {
    expect([isPlainJson(today, false), isPlainJson({ a: [today] }, false)]).toEqual([false, false]);
  });
});
