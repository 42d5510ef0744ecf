import { expect, test } from "vitest";
import { SeededRandom } from "../src/index.ts";

const draws = (random: SeededRandom, count: number) => Array.from({ length: count }, () => random.next());

test("repeats its sequence for the same seed, and has another sequence for another seed", () => {
  expect(draws(new SeededRandom(7), 100)).toEqual(draws(new SeededRandom(7), 100));
  expect(draws(new SeededRandom(7), 3)).not.toEqual(draws(new SeededRandom(8), 3));
});

test("spreads evenly: 16 buckets of 64,000 draws are each within 10 % of the mean", () => {
  const buckets = Array<number>(16).fill(0);
  const random = new SeededRandom(1);
  for (let i = 0; i < 64_000; i++) buckets[random.integer(0, 15)]!++;
  expect(Math.min(...buckets)).toBeGreaterThan(3_600);
  expect(Math.max(...buckets)).toBeLessThan(4_400);
});

test("reaches both ends of a range and nothing beyond", () => {
  const random = new SeededRandom(2);
  expect(new Set(Array.from({ length: 200 }, () => random.integer(-1, 2)))).toEqual(new Set([-1, 0, 1, 2]));
});

test("chooses by weight, and never chooses a weight of 0", () => {
  const random = new SeededRandom(3);
  const counts = { often: 0, seldom: 0, never: 0 };
  for (let i = 0; i < 10_000; i++) counts[random.weighted({ never: 0, often: 9, seldom: 1 })]++;
  expect(counts.never).toBe(0);
  expect(counts.seldom).toBeGreaterThan(800);
  expect(counts.seldom).toBeLessThan(1_200);
});

test("shuffles without losing a value", () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const shuffled = new SeededRandom(4).shuffle(items);
  expect(shuffled).not.toEqual(items);
  expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
});

test("a fork draws independently of its parent", () => {
  const parent = new SeededRandom(5);
  const fork = parent.fork();
  const expected = draws(fork, 5);
  const again = new SeededRandom(5);
  const secondFork = again.fork();
  draws(again, 100);
  expect(draws(secondFork, 5)).toEqual(expected);
});

test.each([-1, 1.5, 2 ** 32, Number.NaN])("refuses the seed %d", (seed) => {
  expect(() => new SeededRandom(seed)).toThrow(RangeError);
});
