import { ManualClock, ScriptedPeer, type ScriptedSession } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import type { Closed, PushError } from "../src/index.ts";
import { ending, failure, numbersOf, openPool, poolFor, push, turns, until } from "./support/pools.ts";

failOnLeaks();

/** Numbers of the pushes that a session has received. */
const got = (session: ScriptedSession) => numbersOf(session.received);

describe("GOAWAY with requests in flight", () => {
  test("at or below the last id they finish; above it they go elsewhere exactly once, at once, in order", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 10 } });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { size: 2, clock });
    const [one, two] = peer.sessions as [ScriptedSession, ScriptedSession];
    const posts = Array.from({ length: 10 }, (_, i) => ending(pool.post(push(i))));
    await until(() => peer.received.length === 10, "all have arrived");
    const before = got(two);
    const mine = got(one);
    expect(mine.length).toBe(5);
    one.goaway({ lastStreamId: one.received[1]!.streamId, debug: { reason: "Shutdown" } });
    await until(() => peer.received.length === 13, "three have moved");
    // In the order in which they were posted, and with no time passed.
    expect(got(two)).toEqual([...before, ...mine.slice(2)]);
    expect(clock.now()).toBe(0);
    one.respond(one.received[0]!.streamId);
    one.respond(one.received[1]!.streamId);
    two.autoRespond();
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
    expect(pool.stats().retries).toBe(3);
    expect(peer.received.length).toBe(13);
  });

  test("with nowhere else to go they wait at the head of the queue, before those that never were sent", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 4 } });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const first = await peer.session();
    const posts = Array.from({ length: 8 }, (_, i) => ending(pool.post(push(i))));
    await first.requests(4);
    const { streamId } = first.received[0]!;
    first.batch(() => {
      first.goaway({ lastStreamId: streamId });
      first.respond(streamId);
    });
    await until(() => pool.stats().active + pool.stats().draining === 0, "the first connection is gone");
    expect(pool.stats()).toMatchObject({ queued: 7, inflight: 0 });
    posts.push(ending(pool.post(push(8))));
    clock.advance(250);
    const second = await peer.session();
    second.autoRespond();
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
    expect(got(second)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("last id 0 with a JSON reason: all of them go elsewhere, and nobody hears of it", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer, { size: 2 });
    const reasons: string[] = [];
    pool.on("disconnected", (reason) => reasons.push(reason));
    const [one, two] = peer.sessions as [ScriptedSession, ScriptedSession];
    const posts = Array.from({ length: 6 }, (_, i) => ending(pool.post(push(i))));
    await until(() => peer.received.length === 6, "all have arrived");
    one.goaway({ lastStreamId: 0, debug: { reason: "Shutdown" } });
    two.autoRespond();
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
    expect(reasons).toEqual(["Shutdown"]);
  });

  test("two GOAWAYs, 2³¹ − 1 and then the real id, are one: nothing is sent twice", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer, { size: 2 });
    const reasons: string[] = [];
    pool.on("disconnected", (reason) => reasons.push(reason));
    const [one, two] = peer.sessions as [ScriptedSession, ScriptedSession];
    const posts = Array.from({ length: 6 }, (_, i) => ending(pool.post(push(i))));
    await until(() => peer.received.length === 6, "all have arrived");
    one.goaway({ lastStreamId: 2 ** 31 - 1 });
    await until(() => pool.stats().draining === 1, "it drains");
    const { streamId } = one.received[0]!;
    one.goaway({ lastStreamId: streamId, debug: { reason: "Shutdown" } });
    two.autoRespond();
    await until(() => pool.stats().completed === 5, "five are answered");
    one.respond(streamId);
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
    expect(reasons).toEqual(["GOAWAY"]);
    expect(numbersOf(peer.received).sort()).toEqual([0, 1, 2, 3, 4, 5].concat(got(one).slice(1)).sort());
  });

  test("GOAWAY and then nothing: what it spared ends with its deadline, unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const post = ending(pool.post(push(1, { timeout: 1_000 })));
    const { streamId } = await session.request();
    session.goaway({ lastStreamId: streamId });
    await until(() => pool.stats().draining === 1, "it drains");
    await clock.advanceAsync(1_008);
    expect(await post).toBe("Timeout unknown");
    await session.whenClosed();
  });

  test("a connection lost while it drains: what it spared is unknown, and sent again only if idempotent", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const posts = [ending(pool.post(push(1))), ending(pool.post(push(2, { idempotent: true })))];
    const [, last] = await session.requests(2);
    session.goaway({ lastStreamId: last!.streamId });
    await until(() => pool.stats().draining === 1, "it drains");
    session.destroy();
    expect(await posts[0]).toBe("Closed unknown");
    await until(() => pool.stats().retrying === 1, "the other one waits");
    clock.advance(250);
    (await peer.session()).autoRespond();
    expect(await posts[1]).toBe("200");
  });
});

describe("a draining connection", () => {
  test("is given nothing", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 100 } });
    await using pool = await openPool(peer, { size: 2 });
    const [one, two] = peer.sessions as [ScriptedSession, ScriptedSession];
    const posts = [ending(pool.post(push(0))), ending(pool.post(push(1)))];
    await until(() => peer.received.length === 2, "each has one");
    one.goaway({ lastStreamId: 2 ** 31 - 1 });
    await until(() => pool.stats().draining === 1, "it drains");
    for (let i = 2; i < 50; i++) posts.push(ending(pool.post(push(i))));
    two.autoRespond();
    await until(() => pool.stats().completed === 49, "all but one are answered");
    expect(got(one).length).toBe(1);
    one.respond(one.received[0]!.streamId);
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
  });
});

describe("all connections told to go away at the same moment", () => {
  test("nothing fails: what was spared finishes, the rest goes over new connections in order", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 5 } });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { size: 3, clock });
    await clock.advanceAsync(10_000);
    const old = [...peer.sessions];
    const posts = Array.from({ length: 30 }, (_, i) => ending(pool.post(push(i, { timeout: 60_000 }))));
    await until(() => peer.received.length === 15, "every stream is taken");
    for (const session of old) session.goaway({ lastStreamId: session.received[0]!.streamId });
    for (const session of old) session.respond(session.received[0]!.streamId);
    // They had lived long enough: new ones are opened at once.
    await until(() => peer.sessions.length === 6, "three new ones are there");
    for (const session of peer.sessions.slice(3)) session.autoRespond();
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
    expect(peer.received.length).toBe(30 + 12);
    expect(new Set(numbersOf(peer.sessions.slice(3).flatMap(({ received }) => received))).size).toBe(27);
  });
});

describe("a server that sends GOAWAY on every new connection", () => {
  test.each([
    ["in the same breath as SETTINGS", false],
    ["once the client has answered SETTINGS", true],
  ])("%s: no hot loop, but a backoff that grows to its cap", async (_, later) => {
    await using peer = await ScriptedPeer.listen({
      settings: later ? {} : false,
      onSession: async (session) => {
        if (later) await session.nextFrame("SETTINGS", ({ ack }) => ack).catch(() => {});
        session.batch(() => {
          if (!later) session.sendSettings();
          session.goaway({ lastStreamId: 0, debug: { reason: "Shutdown" } });
        });
      },
    });
    const clock = new ManualClock();
    await using pool = poolFor(peer, {
      size: 4,
      clock,
      reconnect: { minDelay: 100, maxDelay: 900 },
      retry: { minDelay: 10_000 },
    });
    const post = ending(pool.post(push(1, { timeout: 3_500 })));
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 6; attempt++) {
      // All four at first; then one at a time, until one of them is taken.
      await until(() => peer.sessions.length === (later ? 4 * attempt : 3 + attempt), "it has tried");
      await until(() => pool.stats().connecting + pool.stats().active === 0, "all have been sent away");
      await turns();
      pauses.push(Math.max(...clock.delays.filter((delay) => delay <= 900)));
      await clock.advanceAsync(pauses.at(-1)!);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 900, 900]);
    await until(() => pool.stats().connecting + pool.stats().active === 0, "all have been sent away again");
    await clock.advanceAsync(250);
    expect(await post).toBe("Timeout unsent");
  });
});

test("GOAWAY before SETTINGS is a failed attempt, with the server's reason as cause", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: false,
    onSession: (session) => session.goaway({ debug: { reason: "Shutdown" } }),
  });
  const clock = new ManualClock();
  await using pool = poolFor(peer, { clock });
  const reasons: unknown[] = [];
  pool.on("connectFailed", (error) => reasons.push([error.failure, error.reason]));
  const post = failure<Closed>(pool.post(push(1, { timeout: 100 })));
  await until(() => reasons.length === 1, "the attempt has failed");
  await clock.advanceAsync(108);
  const error = await post;
  expect([error.name, error.delivery, String(error.cause)]).toEqual([
    "Timeout",
    "unsent",
    expect.stringContaining("Shutdown"),
  ]);
  expect(reasons).toEqual([["http2", "Shutdown"]]);
});

test("what a listener does when it hears of a GOAWAY meets requests that are gone already", async () => {
  await using peer = await ScriptedPeer.listen();
  await using pool = await openPool(peer);
  const session = await peer.session();
  const abort = new AbortController();
  pool.on("disconnected", () => abort.abort());
  const post = ending(pool.post(push(1), { signal: abort.signal }));
  await session.request();
  session.goaway({ lastStreamId: 0 });
  // The connection cannot tell any more that it was above the last id.
  expect(await post).toBe("AbortError unknown");
  expect(pool.stats()).toMatchObject({ failed: 1, queued: 0, inflight: 0 });
});

test("an answer may make its receiver give up another request that was answered in the same read", async () => {
  await using peer = await ScriptedPeer.listen();
  await using pool = await openPool(peer);
  const session = await peer.session();
  const abort = new AbortController();
  const outcomes: string[] = [];
  pool.submit(push(1), {
    onResponse() {
      outcomes.push("first answered");
      abort.abort();
    },
    onFailure: () => outcomes.push("first failed"),
  });
  const second = {
    onResponse: () => outcomes.push("second answered"),
    onFailure: ({ name, delivery }: PushError) => outcomes.push(`second ${name} ${delivery}`),
  };
  pool.submit(push(2), second, abort.signal);
  const [one, two] = await session.requests(2);
  session.batch(() => {
    one!.respond();
    two!.respond();
  });
  await session.roundTrip();
  expect(outcomes).toEqual(["first answered", "second AbortError unknown"]);
  expect(pool.stats()).toMatchObject({ completed: 1, failed: 1, inflight: 0 });
});
