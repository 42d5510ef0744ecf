import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { ending, openPool, poolFor, push, until } from "./support/pools.ts";

failOnLeaks();

describe("resize", () => {
  test("up and down under load: every request is answered, once", async () => {
    await using peer = await ScriptedPeer.listen({
      settings: { maxConcurrentStreams: 20 },
      respond: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return {};
      },
    });
    await using pool = await openPool(peer, { size: 2 });
    const posts: Promise<string>[] = [];
    for (const size of [4, 1, 8, 2, 5, 1, 3]) {
      for (let i = 0; i < 150; i++) posts.push(ending(pool.post(push(posts.length))));
      pool.resize(size);
      await until(() => pool.stats().completed >= posts.length - 100, "most of them are answered");
    }
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
    expect(peer.received.length).toBe(posts.length);
    await until(() => pool.stats().active === 3 && pool.stats().draining === 0, "there are three");
    expect(pool.stats()).toMatchObject({ failed: 0, retries: 0, connecting: 0 });
    expect(pool.size).toBe(3);
  });

  test("down: what is in flight finishes; the least busy go first", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 10 } });
    await using pool = await openPool(peer, { size: 2 });
    const [one, two] = peer.sessions;
    const posts = [1, 2, 3].map((i) => ending(pool.post(push(i))));
    await until(() => peer.received.length === 3, "all have arrived");
    const [busy, idle] = one!.received.length > two!.received.length ? [one!, two!] : [two!, one!];
    pool.resize(1);
    expect(pool.stats()).toMatchObject({ active: 1, draining: 1 });
    posts.push(ending(pool.post(push(4))));
    await busy.roundTrip();
    expect(busy.received.length).toBe(3);
    idle.autoRespond();
    await idle.whenClosed();
    busy.autoRespond();
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
  });

  test("down while connecting: no more connections are kept than wanted", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = poolFor(peer, { size: 4 });
    pool.resize(1);
    await until(() => pool.stats().connecting === 0, "all attempts are over");
    expect(pool.stats()).toMatchObject({ active: 1, draining: 0 });
    await until(() => peer.sessions.filter(({ closed }) => !closed).length === 1, "the others are closed");
  });

  test("down while a connection is being replaced: the old one goes, the fresh one stays", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const drawn = [1, 0];
    await using pool = await openPool(peer, {
      clock,
      size: 2,
      maxAge: 50_000,
      random: () => drawn.shift() ?? 0,
    });
    await clock.advanceAsync(39_999);
    clock.advance(1);
    expect(pool.stats()).toMatchObject({ active: 2, connecting: 1 });
    pool.resize(1);
    await until(() => pool.stats().connecting === 0, "the replacement has come");
    expect(pool.stats()).toMatchObject({ active: 1 });
    await until(() => peer.sessions.filter(({ closed }) => !closed).length === 1, "one is left");
    expect(peer.sessions[1]!.closed).toBe(false);
  });

  test("to the same size changes nothing", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer, { size: 2 });
    pool.resize(2);
    expect(pool.stats()).toMatchObject({ active: 2, connecting: 0, draining: 0 });
    expect(peer.connectionCount).toBe(2);
  });

  test("of a closed pool opens nothing", async () => {
    await using peer = await ScriptedPeer.listen();
    const pool = await openPool(peer);
    await pool.close();
    pool.resize(5);
    expect(pool.stats()).toMatchObject({ active: 0, connecting: 0 });
  });
});
