import { ManualClock, ScriptedPeer, type ScriptedSession } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { ending, failure, numberOf, numbersOf, openPool, push, until } from "./support/pools.ts";

failOnLeaks();

describe("REFUSED_STREAM", () => {
  test("once: sent again at once, on another connection", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { size: 2, clock });
    const [one, two] = peer.sessions as [ScriptedSession, ScriptedSession];
    const post = ending(pool.post(push(1)));
    const request = await peer.request();
    const other = request.session === one ? two : one;
    request.reset("REFUSED_STREAM");
    (await other.request()).respond();
    expect(await post).toBe("200");
    expect([clock.now(), pool.stats().retries]).toEqual([0, 1]);
  });

  test("with a single connection: sent again at once, on the same", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer);
    const session = await peer.session();
    const post = ending(pool.post(push(1)));
    (await session.request()).reset("REFUSED_STREAM");
    (await session.request()).respond();
    expect(await post).toBe("200");
  });

  test("as the answer to the second attempt: backs off, then sends again", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const post = ending(pool.post(push(1)));
    (await session.request()).reset("REFUSED_STREAM");
    (await session.request()).reset("REFUSED_STREAM");
    await until(() => pool.stats().retrying === 1, "it backs off");
    await clock.advanceAsync(249);
    expect(pool.stats().retrying).toBe(1);
    await clock.advanceAsync(1);
    (await session.request()).respond();
    expect(await post).toBe("200");
  });

  test("50 times in a row: the 51st attempt succeeds, and the pauses are those of the backoff", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock, pingInterval: Infinity });
    const session = await peer.session();
    const post = ending(pool.post(push(1, { timeout: Infinity })));
    const pauses: number[] = [];
    for (let refusal = 1; refusal <= 50; refusal++) {
      (await session.request()).reset("REFUSED_STREAM");
      if (refusal === 1) continue;
      await until(() => pool.stats().retrying === 1, "it backs off");
      pauses.push(clock.advanceToNext());
    }
    (await session.request()).respond();
    expect(await post).toBe("200");
    const growing = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000];
    expect(pauses).toEqual([...growing, ...Array.from({ length: 42 }, () => 30_000)]);
    expect(pool.stats()).toMatchObject({ retries: 50, completed: 1, failed: 0 });
  });

  test("of a whole burst: all are sent again, in order, and nothing is sent twice", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer, { size: 2 });
    const [one, two] = peer.sessions as [ScriptedSession, ScriptedSession];
    const posts = Array.from({ length: 200 }, (_, i) => ending(pool.post(push(i))));
    await until(() => peer.received.length === 200, "all have arrived");
    const moved = numbersOf(one.received);
    one.batch(() => {
      for (const request of one.received) request.reset("REFUSED_STREAM");
    });
    await until(() => two.received.length === 200, "all have moved");
    two.autoRespond();
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
    expect(numbersOf(two.received).slice(100).sort()).toEqual(moved.sort());
  });

  test("and then STREAM_CLOSED for the same stream: one refusal", async () => {
    await using peer = await ScriptedPeer.listen({ tolerant: true });
    await using pool = await openPool(peer);
    const session = await peer.session();
    const post = ending(pool.post(push(1)));
    const { streamId } = await session.request();
    session.batch(() => {
      session.reset(streamId, "REFUSED_STREAM");
      session.reset(streamId, "STREAM_CLOSED");
    });
    (await session.request()).respond();
    expect(await post).toBe("200");
    expect(session.received.length).toBe(2);
  });
});

describe("another reset", () => {
  for (const code of ["CANCEL", "INTERNAL_ERROR", "PROTOCOL_ERROR", "STREAM_CLOSED", "NO_ERROR"] as const) {
    test(`${code}: unknown, not sent again unasked; sent again after a pause if idempotent`, async () => {
      await using peer = await ScriptedPeer.listen();
      const clock = new ManualClock();
      await using pool = await openPool(peer, { clock });
      const session = await peer.session();
      const posts = [ending(pool.post(push(1))), ending(pool.post(push(2, { idempotent: true })))];
      for (const request of await session.requests(2)) request.reset(code);
      expect(await posts[0]).toBe("StreamReset unknown");
      await until(() => pool.stats().retrying === 1, "the other one waits");
      expect(session.received.length).toBe(2);
      await clock.advanceAsync(250);
      const again = await session.request();
      expect(numberOf(again)).toBe(2);
      again.respond();
      expect(await posts[1]).toBe("200");
    });
  }

  test("NO_ERROR after a complete answer changes nothing", async () => {
    await using peer = await ScriptedPeer.listen({ tolerant: true });
    await using pool = await openPool(peer);
    const session = await peer.session();
    const post = ending(pool.post(push(1)));
    const { streamId } = await session.request();
    session.batch(() => {
      session.respond(streamId);
      session.reset(streamId, "NO_ERROR");
    });
    expect(await post).toBe("200");
    expect(pool.stats()).toMatchObject({ completed: 1, failed: 0, retries: 0, active: 1 });
  });

  test("REFUSED_STREAM after the answer had begun is unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer);
    const session = await peer.session();
    const post = ending(pool.post(push(1)));
    const { streamId } = await session.request();
    session.headers(streamId, [[":status", "200"]]);
    session.reset(streamId, "REFUSED_STREAM");
    expect(await post).toBe("StreamReset unknown");
  });

  test("ENHANCE_YOUR_CALM: unknown, and its connection takes no more requests; the next one waits a little", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const first = await peer.session();
    const post = failure(pool.post(push(1)));
    (await first.request()).reset("ENHANCE_YOUR_CALM");
    expect((await post).message).toContain("ENHANCE_YOUR_CALM");
    await first.whenClosed();
    const next = ending(pool.post(push(2)));
    expect(pool.stats()).toMatchObject({ active: 0, connecting: 0, queued: 1 });
    clock.advance(250);
    (await peer.session()).autoRespond();
    expect(await next).toBe("200");
  });
});

describe("the stream limit", () => {
  test("1 → 1000 after the first answer: requests wait, then go", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
    await using pool = await openPool(peer);
    const session = await peer.session();
    const posts = Array.from({ length: 100 }, (_, i) => ending(pool.post(push(i))));
    const first = await session.request();
    await session.roundTrip();
    expect(session.received.length).toBe(1);
    expect(pool.stats()).toMatchObject({ queued: 99, inflight: 1 });
    session.batch(() => {
      session.sendSettings({ maxConcurrentStreams: 1_000 });
      first.respond();
    });
    await session.requests(99);
    session.autoRespond();
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
    expect(numbersOf(session.received)).toEqual(posts.map((_, i) => i));
  });

  test("1000 → 1 in the middle of a burst: never exceeded from then on, and all are answered", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1_000 } });
    await using pool = await openPool(peer);
    const session = await peer.session();
    const posts = Array.from({ length: 3_000 }, (_, i) => ending(pool.post(push(i))));
    await session.requests(1_000);
    session.sendSettings({ maxConcurrentStreams: 1 });
    await session.roundTrip();
    // The peer complains about more streams than it allows.
    session.autoRespond();
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
    expect(numbersOf(session.received)).toEqual(posts.map((_, i) => i));
  });

  test("0, later 100: requests wait, then go, a hundred at once at most", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 0 } });
    await using pool = await openPool(peer);
    const session = await peer.session();
    const posts = Array.from({ length: 300 }, (_, i) => ending(pool.post(push(i))));
    await session.roundTrip();
    expect(session.received).toEqual([]);
    session.sendSettings({ maxConcurrentStreams: 100 });
    await session.requests(100);
    await session.roundTrip();
    expect(session.received.length).toBe(100);
    session.autoRespond();
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
    expect(session.maxOpenStreams).toBe(100);
  });

  test("one connection at its limit: the others take what it cannot", async () => {
    await using peer = await ScriptedPeer.listen({
      onSession: (session, number) => session.sendSettings({ maxConcurrentStreams: number === 0 ? 1 : 50 }),
    });
    await using pool = await openPool(peer, { size: 2 });
    for (const session of peer.sessions) await session.roundTrip();
    const posts = Array.from({ length: 51 }, (_, i) => ending(pool.post(push(i))));
    await until(() => peer.received.length === 51, "all have arrived");
    expect(peer.sessions.map(({ received }) => received.length)).toEqual([1, 50]);
    for (const session of peer.sessions) session.autoRespond();
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
  });
});

test("the connection's window used up by 4 KB bodies: requests wait for it in the queue, in order", async () => {
  await using peer = await ScriptedPeer.listen({ automatic: { windowUpdates: false } });
  await using pool = await openPool(peer);
  const session = await peer.session();
  const body = "x".repeat(4_096);
  const posts = Array.from({ length: 40 }, (_, i) => ending(pool.post(push(i, { body }))));
  // 65,535 octets are fifteen bodies and a part of the sixteenth.
  await session.requests(15);
  await session.roundTrip();
  expect(pool.stats()).toMatchObject({ inflight: 16, queued: 24 });
  session.windowUpdate(0, 1_000_000);
  await session.requests(25);
  session.autoRespond();
  expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
  expect(numbersOf(session.received)).toEqual(posts.map((_, i) => i));
});
