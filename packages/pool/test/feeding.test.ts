import { InvalidOption } from "@apnskit/connection";
import { expect, test } from "vitest";
import { concurrencyOf, underWayLimitOf } from "../src/feeding.ts";

test("concurrency is 2,000 for each connection unless told otherwise", () => {
  expect(concurrencyOf({ size: 1, inflight: 0 }, undefined)).toBe(2_000);
  expect(concurrencyOf({ size: 4, inflight: 0 }, undefined)).toBe(8_000);
  expect(concurrencyOf({ size: 4, inflight: 0 }, 7)).toBe(7);
  expect(concurrencyOf({ size: 4, inflight: 0 }, Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
});

test("a concurrency that is no whole number from 1 is refused by name", () => {
  for (const wrong of [0, -1, 1.5, Number.NaN, Infinity, "10", null, {}]) {
    expect(() => concurrencyOf({ size: 1, inflight: 0 }, wrong)).toThrow(InvalidOption);
    expect(() => concurrencyOf({ size: 1, inflight: 0 }, wrong)).toThrow("concurrency");
  }
});

test("one request waits for each that waits for its answer, and one is always let in", () => {
  const pool = { size: 1, inflight: 0 };
  const limit = underWayLimitOf(pool);
  expect(limit()).toBe(1);
  pool.inflight = 1;
  expect(limit()).toBe(2);
  pool.inflight = 50;
  expect(limit()).toBe(100);
});
