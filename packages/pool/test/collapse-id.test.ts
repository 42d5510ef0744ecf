import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collapseIdFor, InvalidRequest, withCollapseId } from "../src/index.ts";
import { push } from "./support/pools.ts";

const part = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.bigInt());

describe("collapseIdFor", () => {
  test("makes the same id of the same parts, in every process", () => {
    expect(collapseIdFor("order", 4711, "shipped")).toBe("l-UqNsV0ddJSnfjgx2DJvMUoggdeEkhkKEpfhTGrDjU");
    expect(collapseIdFor("order", 4711, "shipped")).toBe(collapseIdFor("order", 4711n, "shipped"));
  });

  test("is text that APNs takes: 1 to 64 bytes of letters, digits, - and _", () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        expect(collapseIdFor(...parts)).toMatch(/^[\w-]{1,64}$/);
      }),
    );
  });

  test("tells apart where one part ends and the next begins", () => {
    const ids = [
      ["ab", "c"],
      ["a", "bc"],
      ["abc"],
      ["abc", ""],
      ["", "abc"],
      ["a", "b", "c"],
      ["1:a", "b"],
      ["1:a1:b"],
    ].map((parts) => collapseIdFor(...parts));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("makes different ids of different parts", () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), fc.array(part, { minLength: 1 }), (some, others) => {
        const same =
          some.length === others.length && some.every((one, i) => String(one) === String(others[i]));
        expect(collapseIdFor(...some) === collapseIdFor(...others)).toBe(same);
      }),
    );
  });

  test("refuses what makes no sense as a key, and repeats no value", () => {
    for (const parts of [[], [Number.NaN], [Infinity], [undefined], [null], [{ secret: 1 }], [true]]) {
      expect(() => collapseIdFor(...(parts as never[]))).toThrow(InvalidRequest);
      expect(() => collapseIdFor(...(parts as never[]))).not.toThrow(/secret|object Object/);
    }
  });
});

describe("withCollapseId", () => {
  test("adds a random id that fits, and the request counts as idempotent", () => {
    const plain = push(1);
    const request = withCollapseId(plain);
    expect(plain.idempotent).toBe(false);
    expect(request.idempotent).toBe(true);
    expect(request.header("apns-collapse-id")).toMatch(/^[\w-]{24}$/);
    expect(request.path).toBe(plain.path);
    expect(withCollapseId(plain).header("apns-collapse-id")).not.toBe(request.header("apns-collapse-id"));
  });

  test("leaves a request alone that has one", () => {
    const request = push(1, { headers: { "apns-collapse-id": "mine" } });
    expect(withCollapseId(request)).toBe(request);
  });
});
