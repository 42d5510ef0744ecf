import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import type { Aborted, Timeout } from "../src/index.ts";
import { ending, failure, openPool, poolFor, push, until } from "./support/pools.ts";

failOnLeaks();

const withDeadline = (clock: ManualClock, ms: number) => ({
  timeout: Infinity,
  deadline: clock.epoch() + ms,
});

describe("a deadline that passes", () => {
  test("in the queue: unsent, and the peer never hears of it", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 0 } });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const posts = [100, 200, 50].map((timeout, i) => ending(pool.post(push(i, { timeout }))));
    await clock.advanceAsync(58);
    expect(await posts[2]).toBe("Timeout unsent");
    expect(pool.stats()).toMatchObject({ queued: 2, failed: 1 });
    await clock.advanceAsync(150);
    expect(await Promise.all(posts)).toEqual(Array(3).fill("Timeout unsent"));
    expect(peer.received).toEqual([]);
    expect(clock.refed).toBe(0);
  });

  test("in flight: unknown; its stream is reset and its slot is used again", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const slow = ending(pool.post(push(1, { timeout: 1_000 })));
    const next = ending(pool.post(push(2, { timeout: 5_000 })));
    const { streamId } = await session.request();
    await clock.advanceAsync(1_008);
    expect(await slow).toBe("Timeout unknown");
    expect((await session.nextFrame("RST_STREAM")).streamId).toBe(streamId);
    (await session.request()).respond();
    expect(await next).toBe("200");
  });

  test("in a pause between two attempts, by the wall clock alone: the last answer is returned", async () => {
    await using peer = await ScriptedPeer.listen({
      respond: () => ({ status: 503, body: { reason: "ServiceUnavailable" } }),
    });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock, retry: { minDelay: 500 } });
    const post = ending(pool.post(push(1, withDeadline(clock, 1_000))));
    await until(() => pool.stats().retrying === 1, "it backs off");
    await clock.advanceAsync(499);
    expect(pool.stats().retrying).toBe(1);
    await clock.advanceAsync(509);
    expect(await post).toBe("503 ServiceUnavailable");
    expect(clock.refed).toBe(0);
  });

  test("before the connection exists: unsent, with what keeps it from existing as cause", async () => {
    const clock = new ManualClock();
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "is cut" } });
    await using pool = poolFor(peer, { clock });
    let failures = 0;
    pool.on("connectFailed", () => failures++);
    const post = failure<Timeout>(pool.post(push(1, { timeout: 100 })));
    await until(() => failures === 1, "the attempt has failed");
    await clock.advanceAsync(108);
    const error = await post;
    expect([error.name, error.delivery]).toEqual(["Timeout", "unsent"]);
    expect(error.cause).toMatchObject({ code: "ERR_APNS_CONNECT", failure: "unreachable" });
  });

  test("while the first attempt to connect still goes on: unsent, without a cause", async () => {
    const clock = new ManualClock();
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "never ends" } });
    await using pool = poolFor(peer, { clock });
    const post = failure<Timeout>(pool.post(push(1, { timeout: 100 })));
    await peer.connection();
    await clock.advanceAsync(108);
    expect([(await post).delivery, (await post).cause]).toEqual(["unsent", undefined]);
  });

  test("already past when it is posted: unsent, at once, even without a connection", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "never ends" } });
    const clock = new ManualClock();
    await using pool = poolFor(peer, { clock });
    const cases = [
      { request: push(1, { timeout: 0 }), source: "timeout" },
      { request: push(2, withDeadline(clock, 0)), source: "deadline" },
      { request: push(3, withDeadline(clock, -86_400_000)), source: "deadline" },
      {
        request: push(4, { headers: { "apns-expiration": String(clock.epoch() / 1_000 - 1) } }),
        source: "expiration",
      },
    ];
    for (const { request, source } of cases) {
      const error = await failure<Timeout>(pool.post(request));
      expect([error.name, error.delivery, error.deadlineSource]).toEqual(["Timeout", "unsent", source]);
    }
    expect(pool.stats()).toMatchObject({ queued: 0, failed: 0 });
  });

  test("says which of the limits it was, also when there is no time for another attempt", async () => {
    await using peer = await ScriptedPeer.listen({ respond: (request) => request.reset("REFUSED_STREAM") });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock, retry: { minDelay: 2_000 } });
    const expiration = { headers: { "apns-expiration": String(clock.epoch() / 1_000 + 1) }, timeout: 60_000 };
    const posts = [push(1, { timeout: 1_000 }), push(2, withDeadline(clock, 1_000)), push(3, expiration)];
    const errors = await Promise.all(posts.map((request) => failure<Timeout>(pool.post(request))));
    expect(errors.map(({ deadlineSource }) => deadlineSource)).toEqual(["timeout", "deadline", "expiration"]);
    expect(errors.every(({ delivery }) => delivery === "unsent")).toBe(true);
  });

  test("100,000 time-outs at the same moment: each settles once, and the event loop gets turns in between", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1_000 } });
    const clock = new ManualClock();
    const { setTimer } = clock;
    let mostAtOnce = 0;
    clock.setTimer = (callback, delay) =>
      setTimer.call(
        clock,
        () => {
          const before = pool.stats().failed;
          callback();
          mostAtOnce = Math.max(mostAtOnce, pool.stats().failed - before);
        },
        delay,
      );
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const template = push(0, { timeout: 5_000 });
    const counts = new Map<string, number>();
    const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
    for (let i = 0; i < 100_000; i++) {
      pool.submit(template, {
        onResponse: () => count("answered"),
        onFailure: ({ name, delivery }) => count(`${name} ${delivery}`),
      });
    }
    await session.requests(1_000);
    expect(pool.stats()).toMatchObject({ inflight: 1_000, queued: 99_000 });
    clock.advance(5_008);
    expect(Object.fromEntries(counts)).toEqual({ "Timeout unsent": 99_000, "Timeout unknown": 1_000 });
    expect(mostAtOnce).toBeLessThanOrEqual(4_000);
    // All of their streams are free again.
    session.autoRespond();
    expect(await ending(pool.post(push(1)))).toBe("200");
    expect(peer.received.length).toBe(1_001);
  });
});

describe("a signal that fires", () => {
  test("in the queue: unsent, with its reason as cause", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 0 } });
    await using pool = await openPool(peer);
    const abort = new AbortController();
    const post = failure<Aborted>(pool.post(push(1), { signal: abort.signal }));
    const other = ending(pool.post(push(2)));
    abort.abort("changed my mind");
    const error = await post;
    expect([error.name, error.delivery, error.cause]).toEqual(["AbortError", "unsent", "changed my mind"]);
    expect(pool.stats()).toMatchObject({ queued: 1, failed: 1 });
    await pool.close();
    expect(await other).toBe("Closed unsent");
  });

  test("in flight: unknown; its stream is reset and its slot is used again", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
    await using pool = await openPool(peer);
    const session = await peer.session();
    const abort = new AbortController();
    const post = ending(pool.post(push(1), { signal: abort.signal }));
    const next = ending(pool.post(push(2)));
    await session.request();
    abort.abort();
    expect(await post).toBe("AbortError unknown");
    await session.nextFrame("RST_STREAM");
    (await session.request()).respond();
    expect(await next).toBe("200");
  });

  test("in backoff: unsent if every attempt was refused, and no further one is made", async () => {
    await using peer = await ScriptedPeer.listen({
      respond: () => ({ status: 429, body: { reason: "TooManyRequests" } }),
    });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const abort = new AbortController();
    const post = ending(pool.post(push(1), { signal: abort.signal }));
    await until(() => pool.stats().retrying === 1, "it backs off");
    abort.abort();
    expect(await post).toBe("AbortError unsent");
    expect([pool.stats().retrying, clock.refed]).toEqual([0, 0]);
    await clock.advanceAsync(60_000);
    expect(peer.received.length).toBe(1);
  });

  test("before the connection exists: unsent", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "never ends" } });
    await using pool = poolFor(peer);
    const abort = new AbortController();
    const post = ending(pool.post(push(1), { signal: abort.signal }));
    abort.abort();
    expect(await post).toBe("AbortError unsent");
  });

  test("before the post: unsent, at once", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer);
    const error = await failure<Aborted>(pool.post(push(1), { signal: AbortSignal.abort("too late") }));
    expect([error.name, error.delivery, error.cause]).toEqual(["AbortError", "unsent", "too late"]);
    await peer.sessions[0]!.roundTrip();
    expect(peer.received).toEqual([]);
  });

  test("after the answer: nothing", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    await using pool = await openPool(peer);
    const abort = new AbortController();
    expect(await ending(pool.post(push(1), { signal: abort.signal }))).toBe("200");
    abort.abort();
    expect(pool.stats()).toMatchObject({ completed: 1, failed: 0 });
  });

  test("for thousands at once: each of them ends once", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 100 } });
    await using pool = await openPool(peer);
    const abort = new AbortController();
    const posts = Array.from({ length: 5_000 }, (_, i) =>
      ending(pool.post(push(i), { signal: abort.signal })),
    );
    await (await peer.session()).requests(100);
    abort.abort();
    const outcomes = await Promise.all(posts);
    expect(outcomes.slice(0, 100)).toEqual(Array(100).fill("AbortError unknown"));
    expect(new Set(outcomes.slice(100))).toEqual(new Set(["AbortError unsent"]));
    expect(pool.stats()).toMatchObject({ failed: 5_000, queued: 0, inflight: 0 });
  });
});

describe("maxQueue", () => {
  test("requests that would wait beyond it are Blocked; those that find room are not", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 2 } });
    await using pool = await openPool(peer, { maxQueue: 3 });
    const session = await peer.session();
    const posts = Array.from({ length: 7 }, (_, i) => ending(pool.post(push(i))));
    expect(await Promise.all(posts.slice(5))).toEqual(["Blocked unsent", "Blocked unsent"]);
    await session.requests(2);
    session.autoRespond();
    expect(await Promise.all(posts.slice(0, 5))).toEqual(Array(5).fill("200"));
    expect(await ending(pool.post(push(8)))).toBe("200");
  });

  test("0: nothing waits", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
    await using pool = await openPool(peer, { maxQueue: 0 });
    const post = ending(pool.post(push(1)));
    expect(await ending(pool.post(push(2)))).toBe("Blocked unsent");
    (await peer.session()).autoRespond();
    expect(await post).toBe("200");
  });

  test("does not hold for what comes back unsent: that is never lost for want of room", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 5 } });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock, maxQueue: 1 });
    await clock.advanceAsync(10_000);
    const first = await peer.session();
    const posts = Array.from({ length: 6 }, (_, i) => ending(pool.post(push(i))));
    await first.requests(5);
    first.goaway({ lastStreamId: 0 });
    (await peer.session()).autoRespond();
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
  });
});
