import { ManualClock, ScriptedPeer, type ScriptedSession, TcpProxy } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import type { Closed } from "../src/index.ts";
import { ending, failure, numbersOf, openPool, push, turns, until } from "./support/pools.ts";

failOnLeaks();

describe("a connection that is lost", () => {
  test("with 1,000 in flight of which some are idempotent: those go again, the others end as unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const posts = Array.from({ length: 1_000 }, (_, i) =>
      ending(pool.post(push(i, { idempotent: i % 4 === 0 }))),
    );
    await session.requests(1_000);
    session.destroy();
    await until(() => pool.stats().retrying === 250, "a quarter waits for another attempt");
    expect(pool.stats()).toMatchObject({ failed: 750, inflight: 0, queued: 0 });
    await clock.advanceAsync(250);
    (await peer.session()).autoRespond();
    const outcomes = await Promise.all(posts);
    expect(outcomes).toEqual(posts.map((_, i) => (i % 4 === 0 ? "200" : "Closed unknown")));
    // Nothing that is not idempotent has been sent a second time.
    const again = numbersOf(peer.sessions[1]!.received);
    expect(again.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, i) => i * 4));
  });

  test("with requests that had not left yet: those go elsewhere at once, in order, whatever they are", async () => {
    const roomy = { maxConcurrentStreams: 1_000, initialWindowSize: 2 ** 31 - 1 };
    await using peer = await ScriptedPeer.listen({ settings: roomy });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    session.windowUpdate(0, 2 ** 30);
    await session.roundTrip();
    await clock.advanceAsync(10_000);
    // More than all buffers on the way hold: what is posted after it waits in the connection.
    session.stopReading();
    const size = 32 * 1_024 * 1_024;
    const large = push(0, { body: "x".repeat(size), maxBodyLength: size, timeout: 60_000 });
    const first = ending(pool.post(large));
    await turns();
    const later = Array.from({ length: 20 }, (_, i) => ending(pool.post(push(100 + i, { timeout: 60_000 }))));
    await turns();
    expect(pool.stats().inflight).toBe(21);
    session.destroy();
    const second = await peer.session();
    second.autoRespond();
    expect(await Promise.all(later)).toEqual(later.map(() => "200"));
    expect(await first).toBe("Closed unknown");
    expect(numbersOf(second.received)).toEqual(later.map((_, i) => 100 + i));
  });

  test("fails nothing that waits in the queue: that goes over the next one", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const posts = [1, 2, 3].map((i) => ending(pool.post(push(i))));
    await session.request();
    session.destroy();
    expect(await posts[0]).toBe("Closed unknown");
    clock.advance(250);
    (await peer.session()).autoRespond();
    expect(await Promise.all(posts.slice(1))).toEqual(["200", "200"]);
  });

  test("says why: the socket's error code is the reason", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer);
    const session = await peer.session();
    const post = failure<Closed>(pool.post(push(1)));
    await session.request();
    session.destroy();
    expect((await post).reason).toBe("ECONNRESET");
  });

  test("half closed by the server: what was in flight is unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer);
    const session = await peer.session();
    const post = failure<Closed>(pool.post(push(1)));
    await session.request();
    session.end();
    expect([(await post).reason, (await post).delivery]).toEqual([
      "the server ended the connection",
      "unknown",
    ]);
  });

  test("that broke the protocol: what was in flight is unknown, and the pool goes on", async () => {
    await using peer = await ScriptedPeer.listen({ tolerant: true });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const post = ending(pool.post(push(1)));
    await session.request();
    session.frame("PUSH_PROMISE", 4, 1, Buffer.alloc(4));
    expect(await post).toBe("Closed unknown");
    await until(() => pool.stats().active === 0, "it is gone");
    clock.advance(250);
    (await peer.session()).autoRespond();
    expect(await ending(pool.post(push(2)))).toBe("200");
  });
});

describe("a black hole", () => {
  test("PING gets no answer: all in flight fail promptly, and the next connection takes the queue", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 10 } });
    await using proxy = await TcpProxy.listen({ target: peer.port });
    const clock = new ManualClock();
    await using pool = await openPool(peer, {
      port: proxy.port,
      clock,
      pingInterval: 30_000,
      pingTimeout: 1_000,
    });
    const session = await peer.session();
    const posts = Array.from({ length: 15 }, (_, i) => ending(pool.post(push(i, { timeout: 120_000 }))));
    await session.requests(10);
    await session.roundTrip();
    session.automatic.pingAck = false;
    proxy.swallow("toClient");
    await clock.advanceAsync(30_000);
    await session.nextFrame("PING", ({ ack }) => !ack);
    // What was swallowed stays lost; the next connection shall get through.
    await turns();
    proxy.resume();
    expect(pool.stats().inflight).toBe(10);
    await clock.advanceAsync(1_100);
    expect(await Promise.all(posts.slice(0, 10))).toEqual(Array(10).fill("Closed unknown"));
    (await peer.session()).autoRespond();
    expect(await Promise.all(posts.slice(10))).toEqual(Array(5).fill("200"));
  });

  test("a request that timed out is what finds it out, long before the ping interval", async () => {
    await using peer = await ScriptedPeer.listen({ automatic: { pingAck: false } });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock, pingTimeout: 500 });
    const session = await peer.session();
    const slow = ending(pool.post(push(1, { timeout: 1_000 })));
    const other = ending(pool.post(push(2, { timeout: 60_000 })));
    await session.requests(2);
    await clock.advanceAsync(1_008);
    expect(await slow).toBe("Timeout unknown");
    await session.nextFrame("PING");
    await clock.advanceAsync(600);
    expect(await other).toBe("Closed unknown");
  });

  test("silence after idling: the connection is probed before it is used again", async () => {
    await using peer = await ScriptedPeer.listen({ automatic: { pingAck: false }, respond: () => ({}) });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock, pingInterval: 1_000, pingTimeout: 5_000 });
    const session = await peer.session();
    await clock.advanceAsync(1_001);
    const ping = await session.nextFrame("PING");
    const post = ending(pool.post(push(1)));
    expect(pool.stats()).toMatchObject({ queued: 1, inflight: 0 });
    session.acknowledgePing(ping.opaque);
    expect(await post).toBe("200");
  });
});

describe("ECONNRESET storms: every connection is cut", () => {
  async function afterStorms(
    storms: number,
  ): Promise<{ outcomes: string[]; completed: number; failed: number }> {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, {
      size: 3,
      clock,
      reconnect: { maxDelay: 250 },
      retry: { maxDelay: 250 },
    });
    const posts = Array.from({ length: 90 }, (_, i) =>
      ending(pool.post(push(i, { idempotent: i % 2 === 0, timeout: 60_000 }))),
    );
    for (let storm = 0; storm < storms; storm++) {
      await until(() => pool.stats().active > 0 && pool.stats().queued === 0, "requests are in flight");
      for (const session of peer.sessions) session.destroy();
      await until(() => pool.stats().active === 0 && pool.stats().inflight === 0, "all connections are gone");
      await clock.advanceAsync(250);
    }
    await until(() => pool.stats().active === 3, "all are back");
    for (const session of peer.sessions as ScriptedSession[]) if (!session.closed) session.autoRespond();
    await clock.advanceAsync(250);
    const outcomes = await Promise.all(posts);
    const { completed, failed } = pool.stats();
    return { outcomes, completed, failed };
  }

  test("once: idempotent requests are sent again, and each request settles once", async () => {
    const { outcomes, ...counts } = await afterStorms(1);
    expect(outcomes).toEqual(outcomes.map((_, i) => (i % 2 === 0 ? "200" : "Closed unknown")));
    expect(counts).toEqual({ completed: 45, failed: 45 });
  });

  test("twice under the same requests: those are not sent a third time, in case they are the cause", async () => {
    const { outcomes, ...counts } = await afterStorms(2);
    expect(outcomes).toEqual(outcomes.map(() => "Closed unknown"));
    expect(counts).toEqual({ completed: 0, failed: 90 });
  });
});
