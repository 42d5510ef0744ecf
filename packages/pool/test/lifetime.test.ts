import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { ending, openPool, push, until } from "./support/pools.ts";

failOnLeaks();

describe("maxAge", () => {
  test("the replacement is opened before the old connection is let go, without a failed request", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    // 60 s, less 20 %: the jitter of these tests is at its most.
    await using pool = await openPool(peer, { clock, maxAge: 60_000 });
    const first = await peer.session();
    const before = ending(pool.post(push(1, { timeout: Infinity })));
    const { streamId } = await first.request();
    await clock.advanceAsync(47_999);
    expect(peer.connectionCount).toBe(1);
    clock.advance(1);
    expect(pool.stats()).toMatchObject({ active: 1, connecting: 1 });
    const second = await peer.session();
    await until(() => pool.stats().draining === 1, "the old one drains");
    expect(pool.stats()).toMatchObject({ active: 1, connecting: 0 });
    const after = ending(pool.post(push(2, { timeout: Infinity })));
    (await second.request()).respond();
    expect(await after).toBe("200");
    first.respond(streamId);
    expect(await before).toBe("200");
    await first.whenClosed();
    expect(pool.stats()).toMatchObject({ active: 1, draining: 0, failed: 0 });
  });

  test("connections do not go all at once: each has an age of its own", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const drawn = [0, 0.5, 1];
    await using pool = await openPool(peer, {
      clock,
      size: 3,
      maxAge: 100_000,
      pingInterval: Infinity,
      random: () => drawn.shift() ?? 0,
    });
    const ages: number[] = [];
    for (let replaced = 1; replaced <= 3; replaced++) {
      while (peer.connectionCount + pool.stats().connecting < 3 + replaced) clock.advanceToNext();
      await until(() => pool.stats().connecting === 0 && pool.stats().active === 3, "it is replaced");
      ages.push(clock.now());
    }
    expect(ages).toEqual([80_000, 90_000, 100_000]);
  });

  test("an old connection that cannot be replaced yet stays in use", async () => {
    await using peer = await ScriptedPeer.listen({
      respond: () => ({}),
      tls: (connection) => (connection === 1 ? { handshake: "is cut" } : {}),
    });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock, maxAge: 60_000 });
    clock.advance(48_000);
    await until(() => peer.connectionCount === 2 && pool.stats().connecting === 0, "connecting has failed");
    expect(await ending(pool.post(push(1)))).toBe("200");
    expect(peer.sessions[0]!.received.length).toBe(1);
    clock.advance(250);
    await peer.sessions[0]!.whenClosed();
    expect(await ending(pool.post(push(2)))).toBe("200");
    expect(peer.sessions[1]!.received.length).toBe(1);
  });

  test("of one that is gone already disturbs nobody", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock, maxAge: 60_000 });
    await clock.advanceAsync(20_000);
    peer.sessions[0]!.goaway();
    await until(() => peer.sessions.length === 2 && pool.stats().active === 1, "the next one is open");
    await clock.advanceAsync(47_999);
    expect(peer.connectionCount).toBe(2);
    await clock.advanceAsync(1);
    await until(() => peer.connectionCount === 3, "the next one is old");
  });
});

describe("maxRequests", () => {
  test("rolls over to new connections without a failed request", async () => {
    await using peer = await ScriptedPeer.listen({
      settings: { maxConcurrentStreams: 10 },
      respond: () => ({}),
    });
    await using pool = await openPool(peer, { maxRequests: 50 });
    const posts = Array.from({ length: 500 }, (_, i) => ending(pool.post(push(i))));
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
    expect(pool.stats()).toMatchObject({ completed: 500, failed: 0, retries: 0 });
    const counts = peer.sessions.map(({ received }) => received.length);
    expect(counts.length).toBeGreaterThan(2);
    // 50, less 20 %, and what is sent before the replacement is there.
    expect(counts.slice(0, -1).every((count) => count >= 40)).toBe(true);
    expect(new Set(peer.received.map(({ path }) => path)).size).toBe(500);
  });
});
