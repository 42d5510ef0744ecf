import { Closed, type Request, StreamReset } from "@apnskit/connection";
import { ErrorCode } from "@apnskit/http2";
import { describe, expect, test } from "vitest";
import { dispatcherBench, Line } from "./support/dispatcher-bench.ts";
import { turns } from "./support/pools.ts";

const lost = () => new Closed("ECONNRESET", "unknown");
const unwritten = () => new Closed("GOAWAY", "unsent");

describe("a request", () => {
  test("goes to a connection with room at once, and the connections learn that they are needed", () => {
    const line = new Line(2);
    const bench = dispatcherBench([line]);
    bench.submitAll(1, 2);
    expect(line.given).toEqual([1, 2]);
    expect(bench.told).toEqual(["needed"]);
    expect(bench.pending()).toEqual({ queued: 0, retrying: 0, inflight: 2 });
    line.answer(1);
    expect(bench.told).toEqual(["needed"]);
    line.answer(2);
    expect(bench.told).toEqual(["needed", "idle"]);
    expect([bench.ends, bench.deadlines.size]).toEqual([{ 1: "200", 2: "200" }, 0]);
  });

  test("waits without room, and overtakes no other that waits", () => {
    const line = new Line(0);
    const bench = dispatcherBench([line]);
    bench.submitAll(1, 2);
    line.streams = 9;
    line.member.freed();
    bench.submitAll(3);
    expect([line.given, bench.pending()]).toEqual([[], { queued: 3, retrying: 0, inflight: 0 }]);
    bench.dispatcher.dispatch();
    expect([line.given, bench.pending()]).toEqual([[1, 2, 3], { queued: 0, retrying: 0, inflight: 3 }]);
  });

  test("stays first in the queue while no connection has room for it", () => {
    const line = new Line(0);
    const bench = dispatcherBench([line]);
    bench.submitAll(1, 2);
    bench.dispatcher.dispatch();
    expect(bench.pending().queued).toBe(2);
    line.streams = 1;
    line.member.freed();
    bench.dispatcher.dispatch();
    expect([line.given, bench.pending().queued]).toEqual([[1], 1]);
  });

  test("is refused when as many wait as may, and counts nowhere", () => {
    const line = new Line(0);
    const bench = dispatcherBench([line], { maxQueue: 2 });
    expect([bench.submit(1), bench.submit(2)]).toEqual([undefined, undefined]);
    const refusal = bench.submit(3);
    expect(refusal?.message).toBe("2 requests wait already");
    expect([bench.pending().queued, bench.deadlines.size]).toEqual([2, 2]);
    line.streams = 9;
    line.member.freed();
    bench.dispatcher.dispatch();
    expect(bench.submit(4)).toBeUndefined();
    for (const number of [1, 2, 4]) line.answer(number);
    expect(bench.told).toEqual(["needed", "idle"]);
  });

  test("goes at once although none may wait, if there is room", () => {
    const line = new Line(1);
    const bench = dispatcherBench([line], { maxQueue: 0 });
    expect(bench.submit(1)).toBeUndefined();
    expect(bench.submit(2)?.message).toBe("0 requests wait already");
    expect(line.given).toEqual([1]);
  });

  test("goes to equal connections by turns, also from the queue", () => {
    const lines = [new Line(9), new Line(9)];
    const bench = dispatcherBench(lines);
    for (const line of lines) line.room = () => 1;
    bench.submitAll(1, 2, 3, 4);
    expect(lines.map(({ given }) => given)).toEqual([
      [1, 3],
      [2, 4],
    ]);
    for (const line of lines) line.room = () => 0;
    // More than were given out at once, so that the queue cannot live on their turns.
    bench.submitAll(...Array.from({ length: 20 }, (_, i) => 5 + i));
    for (const line of lines) line.room = () => 1;
    for (const { member } of lines) member.freed();
    bench.dispatcher.dispatch();
    const [first, second] = lines.map(({ given }) => given.slice(2));
    expect([first!.length, second!.length]).toEqual([10, 10]);
  });
});

describe("a queue whose requests are over", () => {
  test("gives a freed stream to a request that still has time", () => {
    const line = new Line(0);
    const bench = dispatcherBench([line]);
    bench.submit(1, { timeout: 50 });
    bench.submit(2, { timeout: 500 });
    bench.clock.advance(50);
    line.streams = 1;
    line.member.freed();
    bench.dispatcher.dispatch();
    expect([line.given, bench.ends]).toEqual([[2], { 1: "Timeout unsent" }]);
    expect(bench.dispatcher.stats()).toMatchObject({ queued: 0, failed: 1, completed: 0 });
  });

  test("of thousands lets the event loop have a turn after each two thousand", async () => {
    const line = new Line(0);
    const bench = dispatcherBench([line]);
    for (let number = 0; number < 4_500; number++) bench.submit(number, { timeout: 50 });
    bench.submit(4_500, { timeout: 500 });
    bench.clock.advance(50);
    line.streams = 1;
    line.member.freed();
    bench.dispatcher.dispatch();
    expect(bench.dispatcher.stats()).toMatchObject({ failed: 2_000, queued: 2_501 });
    await turns(1);
    expect(bench.dispatcher.stats()).toMatchObject({ failed: 4_000, queued: 501 });
    await turns(1);
    expect([line.given, bench.pending()]).toEqual([[4_500], { queued: 0, retrying: 0, inflight: 1 }]);
  });
});

test("a callback that dispatches while requests are handed out does not change their order", () => {
  const line = new Line(0);
  const bench = dispatcherBench([line]);
  const prepare = (request: Request) => {
    bench.dispatcher.dispatch();
    return request;
  };
  for (const number of [1, 2, 3]) bench.submit(number, {}, { prepare });
  line.streams = 9;
  line.member.freed();
  bench.dispatcher.dispatch();
  expect(line.given).toEqual([1, 2, 3]);
  bench.submitAll(4);
  expect(line.given).toEqual([1, 2, 3, 4]);
});

test("dispatching goes on after a clock that fails once", () => {
  const line = new Line(0);
  const bench = dispatcherBench([line]);
  bench.submitAll(1);
  line.room = () => {
    throw new Error("broken once");
  };
  expect(() => bench.dispatcher.dispatch()).toThrow("broken once");
  line.room = () => 1;
  bench.dispatcher.dispatch();
  expect(line.given).toEqual([1]);
});

describe("the end of an attempt", () => {
  test("with an answer of 2xx settles the request; a worn-out connection is replaced", () => {
    const line = new Line(9, { maxRequests: 2 });
    const bench = dispatcherBench([line]);
    bench.submitAll(1, 2);
    line.answer(1);
    expect(bench.told).toEqual(["needed"]);
    line.answer(2);
    expect(bench.told).toEqual(["needed", "retire 0 maxRequests", "idle"]);
  });

  test("with 503 makes it pause; then it goes before those that wait, and counts as a retry", async () => {
    const line = new Line(1);
    const bench = dispatcherBench([line]);
    bench.submitAll(1, 2, 3);
    line.answer(1, 503, "ServiceUnavailable");
    expect(bench.logged).toEqual([
      { result: "503 ServiceUnavailable", delay: 100, message: "request will be retried" },
    ]);
    expect([bench.pending(), bench.clock.delays]).toEqual([{ queued: 2, retrying: 1, inflight: 0 }, [100]]);
    expect(bench.dispatcher.stats()).toMatchObject({ retries: 0, completed: 0, failed: 0 });
    bench.dispatcher.dispatch();
    expect(line.given).toEqual([1, 2]);
    bench.clock.advance(100);
    expect(bench.pending()).toEqual({ queued: 2, retrying: 0, inflight: 1 });
    await turns(1);
    line.answer(2);
    bench.dispatcher.dispatch();
    expect([line.given, bench.dispatcher.stats().retries]).toEqual([[1, 2, 1], 1]);
    line.answer(1, 503, "ServiceUnavailable");
    expect(bench.clock.delays).toEqual([200]);
  });

  test("with a status and no reason, or with an error, is logged by what there is", () => {
    const line = new Line(9);
    const bench = dispatcherBench([line]);
    bench.submit(1);
    bench.submit(2, { idempotent: true });
    line.answer(1, 500);
    line.fail(2, new StreamReset(ErrorCode.INTERNAL_ERROR, "unknown"));
    expect(bench.logged).toMatchObject([{ result: "500" }, { result: "ERR_APNS_STREAM_RESET" }]);
  });

  test("unsent makes it go again without a call from outside, together with others, in their order", async () => {
    const lines = [new Line(9)];
    const bench = dispatcherBench(lines);
    bench.submitAll(1, 2, 3);
    const [gone] = lines.splice(0, 1, new Line(9));
    for (const number of [3, 2, 1]) gone!.fail(number, unwritten());
    expect([lines[0]!.given, bench.pending().queued]).toEqual([[], 3]);
    await turns(1);
    expect([lines[0]!.given, bench.dispatcher.stats().retries]).toEqual([[1, 2, 3], 3]);
    for (const number of [3, 2, 1]) lines[0]!.fail(number, unwritten());
    await turns(1);
    expect(lines[0]!.given).toEqual([1, 2, 3, 1, 2, 3]);
  });

  test("refused by a stream reset twice: the first time it goes again at once, then after a pause", async () => {
    const lines = [new Line(9), new Line(1)];
    const bench = dispatcherBench(lines);
    bench.submitAll(1);
    lines[0]!.fail(1, new StreamReset(ErrorCode.REFUSED_STREAM, "unsent"));
    await turns(1);
    // Another connection, although this one has more room.
    expect([lines[0]!.given, lines[1]!.given]).toEqual([[1], [1]]);
    lines[1]!.fail(1, new StreamReset(ErrorCode.REFUSED_STREAM, "unsent"));
    expect([bench.pending().retrying, bench.clock.delays]).toEqual([1, [100]]);
  });

  test("too close to the deadline ends the request with its answer", () => {
    const line = new Line(9);
    const bench = dispatcherBench([line], { now: 5_000 });
    bench.submit(1, { timeout: 100 });
    line.answer(1, 503, "ServiceUnavailable");
    expect([bench.ends, bench.clock.pending]).toEqual([{ 1: "503 ServiceUnavailable" }, 0]);
    expect(bench.dispatcher.stats()).toMatchObject({ completed: 1, failed: 0, lastAcceptedAt: undefined });
  });

  test.each([
    ["timeout", { timeout: 90 }],
    ["timeout", { timeout: 90, deadline: Date.UTC(2026, 0, 1) + 9_000 }],
    ["deadline", { deadline: Date.UTC(2026, 0, 1) + 90 }],
  ] as const)("without an answer too close to its %s names that limit", (deadlineSource, options) => {
    const line = new Line(9);
    const bench = dispatcherBench([line], { now: 5_000 });
    bench.submit(1, { ...options, idempotent: true });
    line.fail(1, lost());
    expect(bench.errors[1]).toMatchObject({ name: "Timeout", deadlineSource, delivery: "unknown" });
  });

  test("after which nothing is retried settles the request, and still judges the connection", () => {
    const line = new Line(9);
    const bench = dispatcherBench([line]);
    bench.submitAll(1, 2);
    bench.dispatcher.stopRetrying();
    line.answer(1, 500, "InternalServerError");
    line.answer(2, 500, "InternalServerError");
    expect(bench.ends).toEqual({ 1: "500 InternalServerError", 2: "500 InternalServerError" });
    expect(bench.told).toContain("retire 0 InternalServerError");
  });

  test("asks the recipient about an answer only, unless it is 2xx, and follows its advice", () => {
    const line = new Line(9);
    const bench = dispatcherBench([line]);
    const asked: string[] = [];
    const advise = ({ status }: { status: number }) => {
      asked.push(String(status));
      return { request: { action: "after", delay: 7 }, connection: "stop" } as const;
    };
    bench.submit(1, {}, { advise });
    bench.submit(2, {}, { advise });
    line.answer(1, 403, "ExpiredProviderToken");
    expect([asked, bench.clock.delays, bench.told]).toEqual([["403"], [7], ["needed", "stop 0"]]);
    line.fail(2, lost());
    expect([asked, bench.ends[2]]).toEqual([["403"], "Closed unknown"]);
    bench.submit(3, {}, { advise });
    line.answer(3);
    expect([asked, bench.ends[3]]).toEqual([["403"], "200"]);
  });

  test("with Shutdown counts against the connection and stops it", () => {
    const line = new Line(9);
    const bench = dispatcherBench([line]);
    bench.submitAll(1);
    line.answer(1, 503, "Shutdown");
    expect(bench.told).toEqual(["needed", "stop 0"]);
    expect(line.member.hasAnswered).toBe(false);
  });

  test("with refused credentials ends the pool, for the reason of the answer", () => {
    const line = new Line(9);
    const bench = dispatcherBench([line]);
    bench.submitAll(1);
    line.answer(1, 403, "BadCertificate");
    expect(bench.told).toEqual(["needed", "terminate BadCertificate", "idle"]);
    expect([line.member.hasAnswered, bench.ends]).toEqual([false, { 1: "403 BadCertificate" }]);
  });

  test("with any answer, but not with an error, ends a row of time-outs", () => {
    const line = new Line(9);
    const bench = dispatcherBench([line]);
    bench.submitAll(1, 2);
    for (let i = 0; i < 2; i++) bench.dispatcher.onTimeout(line.member);
    line.fail(2, new StreamReset(ErrorCode.INTERNAL_ERROR, "unknown"));
    expect(line.member.timeoutsInARow).toBe(2);
    line.answer(1, 400, "BadDeviceToken");
    expect(line.member.timeoutsInARow).toBe(0);
    for (let i = 0; i < 2; i++) bench.dispatcher.onTimeout(line.member);
    expect(bench.told).toEqual(["needed", "idle"]);
    bench.dispatcher.onTimeout(line.member);
    expect(bench.told).toEqual(["needed", "idle", "retire 0 timeouts"]);
  });
});

test("connections that take nothing while requests starve are replaced after five seconds, and only they", () => {
  const lines = [new Line(0), new Line(1), new Line(0), new Line(1)];
  const bench = dispatcherBench(lines, { now: 1_000 });
  lines[2]!.doubtful = true;
  // From now on, the second one has no room, but owes an answer. The last one has room.
  bench.submitAll(1);
  expect([lines[1]!.given, lines[1]!.capacity, lines[3]!.capacity]).toEqual([[1], 0, 1]);
  bench.told.length = 0;
  bench.dispatcher.onStarved();
  bench.clock.advance(4_999);
  bench.dispatcher.onStarved();
  expect(bench.told).toEqual([]);
  bench.clock.advance(1);
  bench.dispatcher.onStarved();
  expect(bench.told).toEqual(["retire 0 timeouts"]);
});

describe("the figures", () => {
  test("count ends, and the time of the last acceptance", () => {
    const line = new Line(9);
    const bench = dispatcherBench([line]);
    bench.submitAll(1, 2, 3);
    line.answer(1, 400, "BadDeviceToken");
    expect(bench.dispatcher.stats().lastAcceptedAt).toBeUndefined();
    bench.clock.advance(70);
    line.answer(2);
    const at = bench.clock.epoch();
    bench.clock.advance(70);
    line.fail(3, lost());
    expect(bench.dispatcher.stats()).toEqual({
      queued: 0,
      oldestQueued: 0,
      retrying: 0,
      completed: 2,
      failed: 1,
      retries: 0,
      lastAcceptedAt: at,
    });
  });

  test("tell how long the next request has been waiting, never less than nothing", () => {
    const bench = dispatcherBench([new Line(0)], { now: 1_000 });
    expect(bench.dispatcher.stats().oldestQueued).toBe(0);
    bench.submitAll(1);
    bench.clock.advance(300);
    bench.submitAll(2);
    expect(bench.dispatcher.stats().oldestQueued).toBe(300);
  });

  test("leave out at once a request whose time ran out where it waited", () => {
    const line = new Line(1);
    const bench = dispatcherBench([line]);
    bench.submit(1, { timeout: 150 });
    bench.submit(2, { timeout: 150 });
    line.answer(1, 503);
    expect(bench.pending()).toEqual({ queued: 1, retrying: 1, inflight: 0 });
    bench.timers.advance(400);
    expect(bench.ends).toEqual({ 1: "503", 2: "Timeout unsent" });
    expect(bench.errors[2]).toMatchObject({ deadlineSource: "timeout" });
    expect([bench.pending(), bench.clock.pending]).toEqual([{ queued: 0, retrying: 0, inflight: 0 }, 0]);
    expect(bench.told.at(-1)).toBe("idle");
  });
});
