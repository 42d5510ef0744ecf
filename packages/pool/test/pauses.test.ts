import { ManualClock } from "@apnskit/testkit";
import { expect, test } from "vitest";
import { Pauses } from "../src/pauses.ts";

function bench() {
  const clock = new ManualClock();
  const pauses = new Pauses<string>(clock);
  const over: string[] = [];
  const add = (item: string, delay: number) =>
    pauses.add(item, delay, () => over.push(`${item} ${pauses.size}`));
  return { clock, pauses, over, add };
}

test("each request comes back after its own delay, and is out before it does", () => {
  const { clock, pauses, over, add } = bench();
  add("slow", 300);
  add("fast", 100);
  expect(pauses.size).toBe(2);
  clock.advance(99);
  expect(over).toEqual([]);
  clock.advance(1);
  expect(over).toEqual(["fast 1"]);
  clock.advance(200);
  expect([over, pauses.size]).toEqual([["fast 1", "slow 0"], 0]);
});

test("a request that ended in another way does not come back, and leaves no timer", () => {
  const { clock, pauses, over, add } = bench();
  add("one", 100);
  add("two", 100);
  pauses.remove("one");
  pauses.remove("one");
  pauses.remove("stranger");
  expect([pauses.size, clock.pending]).toEqual([1, 1]);
  clock.advance(100);
  expect(over).toEqual(["two 0"]);
});

test("draining takes out one after another, also what is added or removed meanwhile", () => {
  const { clock, pauses, over, add } = bench();
  for (const name of ["one", "two", "three"]) add(name, 100);
  const drained: string[] = [];
  for (const item of pauses.drain()) {
    drained.push(item);
    if (item === "one") pauses.remove("two");
    if (item === "three") add("four", 100);
  }
  expect([drained, pauses.size, clock.pending]).toEqual([["one", "three", "four"], 0, 0]);
  clock.advance(100);
  expect(over).toEqual([]);
});
