import { expect, test } from "vitest";
import { ManualClock } from "../src/index.ts";
import { failOnLeaks } from "../src/leaks.ts";

failOnLeaks();

test("fires due timers in the order of their times, and equal times in the order of their creation", () => {
  const clock = new ManualClock();
  const fired: string[] = [];
  const set = (name: string, delay: number) =>
    clock.setTimer(() => fired.push(`${name}@${clock.now()}`), delay);
  set("c", 20);
  set("a", 10);
  set("d", 20);
  set("b", 10);
  set("later", 21);
  clock.advance(20);
  expect(fired).toEqual(["a@10", "b@10", "c@20", "d@20"]);
  expect(clock.delays).toEqual([1]);
  clock.advance(1);
  expect(clock.pending).toBe(0);
});

test("fires timers set by timers if they become due on the way", () => {
  const clock = new ManualClock();
  let ticks = 0;
  const tick = () => {
    ticks++;
    timer = clock.setTimer(tick, 10);
  };
  let timer = clock.setTimer(tick, 10);
  clock.advance(35);
  expect(ticks).toBe(3);
  expect(clock.delays).toEqual([5]);
  timer.cancel();
});

test("does not fire a timer that another timer cancelled at the same moment", () => {
  const clock = new ManualClock();
  let fired = false;
  const first = clock.setTimer(() => second.cancel(), 5);
  const second = clock.setTimer(() => {
    fired = true;
  }, 5);
  clock.advance(5);
  first.cancel();
  expect(fired).toBe(false);
});

test("counts the timers that keep a process alive", () => {
  const clock = new ManualClock();
  const timer = clock.setTimer(() => {}, 5);
  expect([clock.pending, clock.refed]).toEqual([1, 1]);
  timer.unref();
  expect([clock.pending, clock.refed]).toEqual([1, 0]);
  timer.ref();
  expect(clock.refed).toBe(1);
  timer.cancel();
  expect([clock.pending, clock.refed]).toEqual([0, 0]);
});

test("moves wall clock and monotonic clock together, and the wall clock alone on a jump", () => {
  const clock = new ManualClock({ now: 1_000, epoch: 5_000_000 });
  clock.advance(500);
  expect([clock.now(), clock.epoch()]).toEqual([1_500, 5_000_500]);
  clock.jumpEpoch(-3_600_000);
  expect([clock.now(), clock.epoch()]).toEqual([1_500, 1_400_500]);
});

test("goes to the next timer and returns the distance", () => {
  const clock = new ManualClock();
  clock.setTimer(() => {}, 250);
  expect(clock.advanceToNext()).toBe(250);
  expect(() => clock.advanceToNext()).toThrow("no timer is pending");
});

test("lets promises proceed between timers when it advances asynchronously", async () => {
  const clock = new ManualClock();
  const delay = (ms: number) => new Promise<void>((resolve) => clock.setTimer(resolve, ms));
  const log: number[] = [];
  const work = (async () => {
    for (const ms of [10, 20, 30]) {
      await delay(ms);
      log.push(clock.now());
    }
  })();
  await clock.advanceAsync(60);
  await work;
  expect(log).toEqual([10, 30, 60]);
});

test("takes 100,000 timers that are due at one moment or cancelled in any order", () => {
  const clock = new ManualClock();
  let fired = 0;
  const timers = Array.from({ length: 100_000 }, () => clock.setTimer(() => fired++, 10_000));
  for (let i = 0; i < timers.length; i += 2) timers[i]!.cancel();
  clock.advance(10_000);
  expect(fired).toBe(50_000);
});

test("takes a negative delay as 0, and keeps a timer of Infinity pending", () => {
  const clock = new ManualClock();
  let fired = 0;
  clock.setTimer(() => fired++, -5);
  const never = clock.setTimer(() => fired++, Infinity);
  clock.advance(1_000_000);
  expect([fired, clock.delays]).toEqual([1, [Infinity]]);
  never.cancel();
});

test("refuses a delay of NaN, and steps backwards", () => {
  const clock = new ManualClock();
  expect(() => clock.setTimer(() => {}, Number.NaN)).toThrow(RangeError);
  for (const ms of [Number.NaN, -1, Infinity]) expect(() => clock.advance(ms)).toThrow(RangeError);
});
