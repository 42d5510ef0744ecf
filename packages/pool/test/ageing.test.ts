import { ManualClock } from "@apnskit/testkit";
import { expect, test } from "vitest";
import { type Ageing, AgeWatch } from "../src/ageing.ts";

function bench(...ages: number[]) {
  const clock = new ManualClock({ now: 1_000 });
  const items = ages.map((retireAt) => ({ retireAt }));
  const old: Ageing[] = [];
  const watch = new AgeWatch<Ageing>(clock, (item) => {
    old.push(item);
    items.splice(items.indexOf(item as (typeof items)[number]), 1);
  });
  return { clock, items, old, watch, ages: () => old.map(({ retireAt }) => retireAt) };
}

test("finds each connection when it is too old, with one timer that keeps no process alive", () => {
  const { clock, items, watch, ages } = bench(1_300, 1_100, 1_200, Infinity);
  watch.watch(() => items);
  expect([clock.delays, clock.refed]).toEqual([[100], 0]);
  clock.advance(99);
  expect(ages()).toEqual([]);
  clock.advance(1);
  expect([ages(), clock.delays, clock.refed]).toEqual([[1_100], [100], 0]);
  clock.advance(200);
  expect([ages(), clock.pending]).toEqual([[1_100, 1_200, 1_300], 0]);
});

test("finds all that are too old at the same instant", () => {
  const { clock, items, watch, ages } = bench(1_100, 1_500, 1_100);
  watch.watch(() => items);
  clock.advance(100);
  expect([ages(), clock.delays]).toEqual([[1_100, 1_100], [400]]);
});

test("finds a connection that is too old already in the next turn", () => {
  const { clock, items, watch, ages } = bench(500);
  watch.watch(() => items);
  expect([ages(), clock.delays]).toEqual([[], [0]]);
  clock.advance(0);
  expect(ages()).toEqual([500]);
});

test("sets no timer for none, or for connections without a limit", () => {
  const { clock, items, watch } = bench(Infinity);
  watch.watch(() => items);
  watch.watch(() => []);
  expect(clock.pending).toBe(0);
});

test("watches the last list only, and nothing once it is stopped", () => {
  const { clock, items, watch, ages } = bench(1_100, 1_200);
  watch.watch(() => items.slice(0, 1));
  watch.watch(() => items.slice(1));
  expect(clock.delays).toEqual([200]);
  watch.stop();
  watch.stop();
  clock.advance(1_000);
  expect([ages(), clock.pending]).toEqual([[], 0]);
});
