import { ManualClock } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { Keepalive } from "../src/keepalive.ts";

failOnLeaks();

function setup(clock = new ManualClock()) {
  const log: string[] = [];
  const keepalive = new Keepalive(clock, 1_000, 100, {
    ping: () => log.push(`ping ${clock.now()}`),
    dead: () => log.push(`dead ${clock.now()}`),
  });
  return { clock, keepalive, log, [Symbol.dispose]: () => keepalive.stop() };
}

describe("heard", () => {
  test("silence for the interval: asks", () => {
    using each = setup();
    each.clock.advance(999);
    expect([each.log, each.keepalive.asked]).toEqual([[], false]);
    each.clock.advance(1);
    expect([each.log, each.keepalive.asked]).toEqual([["ping 1000"], true]);
  });

  test("bytes put the question off", () => {
    using each = setup();
    each.clock.advance(600);
    each.keepalive.heard(each.clock.now());
    each.clock.advance(999);
    expect(each.log).toEqual([]);
    each.clock.advance(1);
    expect(each.log).toEqual(["ping 1600"]);
  });

  test("probe() asks at once", () => {
    using each = setup();
    each.clock.advance(10);
    each.keepalive.probe();
    expect(each.log).toEqual(["ping 10"]);
  });

  test("is stale after more than the interval, whether or not a timer has fired", () => {
    using each = setup();
    expect([each.keepalive.isStale(1_000), each.keepalive.isStale(1_001)]).toEqual([false, true]);
  });
});

describe("asked", () => {
  test("silence for the timeout and one more look: dead", () => {
    using each = setup();
    each.keepalive.probe();
    each.clock.advance(100);
    expect(each.log).toEqual(["ping 0"]);
    each.clock.advance(1);
    expect(each.log).toEqual(["ping 0", "dead 101"]);
  });

  test("probe() does not ask twice", () => {
    using each = setup();
    each.keepalive.probe();
    each.clock.advance(50);
    each.keepalive.probe();
    each.clock.advance(51);
    expect(each.log).toEqual(["ping 0", "dead 101"]);
  });

  test("bytes are the answer, even at the last look; the interval begins anew", () => {
    using each = setup();
    each.keepalive.probe();
    each.clock.advance(100);
    each.keepalive.heard(each.clock.now());
    expect(each.keepalive.asked).toBe(false);
    each.clock.advance(999);
    expect(each.log).toEqual(["ping 0"]);
    each.clock.advance(1);
    expect(each.log).toEqual(["ping 0", "ping 1100"]);
    each.clock.advance(100);
    expect(each.log, "the last look is granted every time").toHaveLength(2);
    each.clock.advance(1);
    expect(each.log).toHaveLength(3);
  });
});

test("timers that fire early decide nothing early", () => {
  const clock = new ManualClock();
  const { setTimer } = clock;
  clock.setTimer = (callback, delay) => Reflect.apply(setTimer, clock, [callback, Math.ceil(delay / 2)]);
  using each = setup(clock);
  clock.advance(999);
  expect(each.log).toEqual([]);
  clock.advance(100);
  expect(each.log).toEqual(["ping 1000"]);
  clock.advance(2);
  expect(each.log).toEqual(["ping 1000", "dead 1101"]);
});

test("its timer keeps no process alive, and none is left after stop()", () => {
  const each = setup();
  expect([each.clock.pending, each.clock.refed]).toEqual([1, 0]);
  each.keepalive.probe();
  expect([each.clock.pending, each.clock.refed]).toEqual([1, 0]);
  each.keepalive.stop();
  expect(each.clock.pending).toBe(0);
});
