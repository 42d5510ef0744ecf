import { ConnectFailed, StreamReset } from "@apnskit/connection";
import { ErrorCode } from "@apnskit/http2";
import { describe, expect, test } from "vitest";
import { dispatcherBench, Line } from "./support/dispatcher-bench.ts";
import { turns } from "./support/pools.ts";

describe("waiting for the last request", () => {
  /** Whether a wait is over, looked at after all microtasks. */
  async function watch(wait: Promise<void>) {
    const state = { over: false };
    void wait.then(() => {
      state.over = true;
    });
    await turns(1);
    return state;
  }

  test("is over at once when nothing is pending", async () => {
    const bench = dispatcherBench([new Line(9)]);
    expect((await watch(bench.dispatcher.idle(1_000))).over).toBe(true);
    expect(bench.clock.pending).toBe(0);
  });

  test("is over with the last request, and leaves no timer", async () => {
    const line = new Line(9);
    const bench = dispatcherBench([line]);
    bench.submitAll(1, 2);
    const waits = [
      await watch(bench.dispatcher.idle(1_000)),
      await watch(bench.dispatcher.idle(Number.POSITIVE_INFINITY)),
    ];
    expect(bench.clock.delays).toEqual([1_000]);
    line.answer(1);
    await turns(1);
    expect(waits).toEqual([{ over: false }, { over: false }]);
    line.answer(2);
    await turns(1);
    expect([waits, bench.clock.pending]).toEqual([[{ over: true }, { over: true }], 0]);
  });

  test("is over after its time", async () => {
    const bench = dispatcherBench([new Line(9)]);
    bench.submitAll(1);
    const wait = await watch(bench.dispatcher.idle(1_000));
    bench.clock.advance(999);
    await turns(1);
    expect(wait.over).toBe(false);
    bench.clock.advance(1);
    await turns(1);
    expect(wait.over).toBe(true);
  });

  test("is over when the pool is", async () => {
    const bench = dispatcherBench([new Line(9)]);
    bench.submitAll(1);
    const wait = await watch(bench.dispatcher.idle(1_000));
    bench.dispatcher.clear();
    await turns(1);
    expect([wait.over, bench.clock.pending, bench.deadlines.size]).toEqual([true, 0, 0]);
  });
});

describe("ending all that wait", () => {
  test("ends queued and pausing requests for that reason, and leaves those in flight alone", async () => {
    const line = new Line(2);
    const bench = dispatcherBench([line]);
    bench.submitAll(1, 2, 3);
    line.fail(1, new StreamReset(ErrorCode.REFUSED_STREAM, "unsent"));
    await turns(1);
    line.fail(1, new StreamReset(ErrorCode.REFUSED_STREAM, "unsent"));
    expect(bench.pending()).toEqual({ queued: 1, retrying: 1, inflight: 1 });
    const cause = new ConnectFailed("unreachable", "nobody listens");
    await bench.dispatcher.failWaiting("close", cause);
    expect(bench.ends).toEqual({ 1: "Closed unsent", 3: "Closed unsent" });
    expect(bench.errors[3]).toMatchObject({ reason: "close", cause });
    expect([bench.pending(), bench.clock.pending]).toEqual([{ queued: 0, retrying: 0, inflight: 1 }, 0]);
  });

  test("lets the event loop have a turn after each two thousand", async () => {
    const bench = dispatcherBench([new Line(0)]);
    for (let number = 0; number < 4_001; number++) bench.submit(number);
    const failing = bench.dispatcher.failWaiting("close", undefined);
    expect(bench.dispatcher.stats().failed).toBe(2_000);
    await turns(1);
    expect(bench.dispatcher.stats().failed).toBe(4_000);
    await failing;
    expect([bench.dispatcher.stats().failed, bench.told]).toEqual([4_001, ["needed", "idle"]]);
  });
});
