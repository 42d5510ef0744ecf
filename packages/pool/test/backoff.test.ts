import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoffDelay } from "../src/backoff.ts";

const options = { minDelay: 250, maxDelay: 30_000, factor: 2 };

describe("the delay after the nth failure in a row", () => {
  test("doubles up to the cap", () => {
    const delays = Array.from({ length: 10 }, (_, i) => backoffDelay(options, i + 1, 1));
    expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test("is half of that at least: the other half is random", () => {
    expect(backoffDelay(options, 1, 0)).toBe(125);
    expect(backoffDelay(options, 3, 0.5)).toBe(750);
    expect(backoffDelay(options, 20, 0)).toBe(15_000);
  });

  test("does not grow with factor 1", () => {
    expect(backoffDelay({ ...options, factor: 1 }, 9, 1)).toBe(250);
  });

  test("stays at the cap however many failures there are", () => {
    for (const failures of [1_000, 100_000, Number.MAX_SAFE_INTEGER]) {
      expect(backoffDelay(options, failures, 1)).toBe(30_000);
    }
  });

  test("lies between half the ceiling and the ceiling, for all options", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (minDelay, more, factor, failures, random) => {
          const maxDelay = minDelay + more;
          const delay = backoffDelay({ minDelay, maxDelay, factor }, failures, random);
          expect(delay).toBeGreaterThanOrEqual(minDelay / 2);
          expect(delay).toBeLessThanOrEqual(maxDelay);
        },
      ),
    );
  });
});
