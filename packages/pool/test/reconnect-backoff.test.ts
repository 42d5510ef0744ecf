import { ManualClock } from "@apnskit/testkit";
import { describe, expect, test } from "vitest";
import { ReconnectBackoff } from "../src/reconnect-backoff.ts";

function bench({ unref = false, random = 1 } = {}) {
  const clock = new ManualClock();
  let over = 0;
  const backoff = new ReconnectBackoff({
    clock,
    backoff: { minDelay: 100, maxDelay: 1_000, factor: 2 },
    random: () => random,
    unref,
    onOver: () => over++,
  });
  return { clock, backoff, over: () => over };
}

describe("attempts to connect that came to nothing", () => {
  test("hold the next one back, longer each time, up to the cap", () => {
    const { clock, backoff, over } = bench();
    expect([backoff.failures, backoff.holding]).toEqual([0, false]);
    const delays = Array.from({ length: 6 }, (_, n) => {
      backoff.failed();
      expect([backoff.failures, backoff.holding]).toEqual([n + 1, true]);
      const delay = clock.advanceToNext();
      expect([backoff.holding, over()]).toEqual([false, n + 1]);
      return delay;
    });
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  test("are held back by half as long with the other end of the jitter", () => {
    const { clock, backoff } = bench({ random: 0 });
    backoff.failed();
    expect(clock.advanceToNext()).toBe(50);
  });

  test("count once while one is held back: those of several connections at once", () => {
    const { clock, backoff } = bench();
    for (let i = 0; i < 5; i++) backoff.failed();
    expect([backoff.failures, clock.pending]).toEqual([1, 1]);
  });

  test("are forgotten, and hold nothing back, once a connection has proven itself", () => {
    const { clock, backoff, over } = bench();
    backoff.failed();
    backoff.proven();
    expect([backoff.failures, backoff.holding, clock.pending, over()]).toEqual([0, false, 0, 0]);
    backoff.failed();
    expect(clock.advanceToNext()).toBe(100);
  });
});

describe("a connection that did some work, but has not proven itself", () => {
  test("is replaced at once the first time, then after the shortest delay", () => {
    const { clock, backoff } = bench();
    backoff.replaced();
    expect([backoff.failures, backoff.holding]).toEqual([0, false]);
    backoff.replaced();
    expect([backoff.failures, backoff.holding]).toEqual([1, true]);
    expect(clock.advanceToNext()).toBe(100);
    backoff.replaced();
    expect([backoff.failures, backoff.holding]).toEqual([1, true]);
  });

  test("is replaced at once again after another one has proven itself", () => {
    const { backoff } = bench();
    backoff.replaced();
    backoff.proven();
    backoff.replaced();
    expect(backoff.holding).toBe(false);
  });

  test("ends a row of failures", () => {
    const { clock, backoff } = bench();
    backoff.failed();
    clock.advanceToNext();
    backoff.failed();
    clock.advanceToNext();
    backoff.replaced();
    expect(backoff.failures).toBe(0);
  });
});

describe("the process", () => {
  test("is kept alive by a wait unless the pool is unref'd", () => {
    const { clock, backoff } = bench();
    backoff.failed();
    backoff.setNeeded(false);
    expect(clock.refed).toBe(1);
  });

  test("of an unref'd pool is kept alive while requests wait, and only then", () => {
    const { clock, backoff } = bench({ unref: true });
    backoff.failed();
    expect(clock.refed).toBe(0);
    backoff.setNeeded(true);
    expect(clock.refed).toBe(1);
    backoff.setNeeded(false);
    expect(clock.refed).toBe(0);
    clock.advanceToNext();
    backoff.setNeeded(true);
    backoff.failed();
    expect(clock.refed).toBe(1);
  });
});

test("a wait that is stopped gives no sign", () => {
  const { clock, backoff, over } = bench();
  backoff.stop();
  backoff.failed();
  backoff.stop();
  expect([backoff.holding, clock.pending, over(), backoff.failures]).toEqual([false, 0, 0, 1]);
});
