import { describe, expect, test } from "vitest";
import { type Latency, sampler } from "../src/faults/latency.ts";
import { Random } from "../src/faults/random.ts";

const DRAWS = 20_000;

function draws(latency: Latency): number[] {
  const sample = sampler(latency, new Random(42));
  return Array.from({ length: DRAWS }, sample).sort((a, b) => a - b);
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the generator", () => {
  test("gives the same numbers for the same seed, and others for another", () => {
    const numbers = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 20 }, () => random.next());
    };
    expect(numbers(5)).toEqual(numbers(5));
    expect(numbers(5)).not.toEqual(numbers(6));
    expect(numbers(5)).not.toEqual(numbers(5 + 2 ** 32));
  });

  test("fills the range from 0 to 1 evenly", () => {
    const random = new Random(1);
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < DRAWS; i++) tenths[Math.floor(random.next() * 10)]!++;
    for (const count of tenths) expect(Math.abs(count - DRAWS / 10)).toBeLessThan(DRAWS / 50);
  });

  test("makes different ids of the right shape", () => {
    const random = new Random(1);
    const ids = Array.from({ length: 1000 }, () => random.id());
    expect(new Set(ids).size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test("refuses a seed that is no integer", () => {
    expect(() => new Random(0.5)).toThrow("`seed` must be a whole number; received 0.5");
  });
});

describe("latencies", () => {
  test("are constant", () => {
    expect(new Set(draws(50))).toEqual(new Set([50]));
  });

  test("are spread evenly between two bounds", () => {
    const values = draws({ min: 20, max: 40 });
    expect(values[0]).toBeGreaterThanOrEqual(20);
    expect(values.at(-1)).toBeLessThan(40);
    expect(mean(values)).toBeCloseTo(30, 0);
  });

  test("are normal about a mean, and never negative", () => {
    expect(mean(draws({ mean: 100, deviation: 10 }))).toBeCloseTo(100, 0);
    expect(draws({ mean: 1, deviation: 10 })[0]).toBe(0);
  });

  test("meet a median and a 99th percentile", () => {
    const values = draws({ median: 40, p99: 250 });
    expect(values[DRAWS / 2]).toBeGreaterThan(38);
    expect(values[DRAWS / 2]).toBeLessThan(42);
    expect(values[DRAWS * 0.99]).toBeGreaterThan(220);
    expect(values[DRAWS * 0.99]).toBeLessThan(280);
  });
});
