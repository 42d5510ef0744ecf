import { ManualClock, ScriptedPeer, TcpProxy } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { type ConnectFailed, Pool, type PoolOptions } from "../src/index.ts";
import { ending, failure, noJitter, openPool, poolFor, push, until } from "./support/pools.ts";

failOnLeaks();

const cannotResolve = Object.assign(new Error("no such host"), { code: "ENOTFOUND" });

/** Lets attempts to connect fail one after the other; returns the pauses in between, by when the next one began. */
async function pausesOf(
  pool: Pool,
  clock: ManualClock,
  failures: () => number,
  count: number,
): Promise<number[]> {
  const pauses: number[] = [];
  for (let attempt = 1; attempt <= count; attempt++) {
    await until(
      () => failures() === attempt && pool.stats().connecting === 0,
      `attempt ${attempt} has failed`,
    );
    const before = clock.now();
    while (pool.stats().connecting === 0) clock.advanceToNext();
    pauses.push(clock.now() - before);
  }
  return pauses;
}

function countFailures(pool: Pool): () => number {
  let failures = 0;
  pool.on("connectFailed", () => failures++);
  return () => failures;
}

describe("connecting fails, then succeeds: requests wait, then go", () => {
  /** What goes wrong at first; returns how to mend it. */
  const troubles: Record<
    string,
    (
      peer: ScriptedPeer,
    ) => Promise<{ options: PoolOptions & { port?: number }; mend(): Promise<void> } & AsyncDisposable>
  > = {
    refused: async (peer) => {
      const proxy = await TcpProxy.listen({ target: peer.port });
      proxy.refuse();
      return {
        options: { port: proxy.port },
        mend: () => proxy.accept(),
        [Symbol.asyncDispose]: () => proxy.close(),
      };
    },
    "DNS failure": async () => {
      let broken = true;
      const lookup: PoolOptions["lookup"] = (_host, _options, done) =>
        broken ? done(cannotResolve, []) : done(null, [{ address: "127.0.0.1", family: 4 }]);
      return {
        options: { lookup },
        mend: async () => {
          broken = false;
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
  for (const [name, begin] of Object.entries(troubles)) {
    test(name, async () => {
      await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
      await using trouble = await begin(peer);
      const clock = new ManualClock();
      const { port = peer.port, ...options } = trouble.options;
      await using pool = new Pool(`https://localhost:${port}`, { tls: { ca: peer.ca }, clock, ...options });
      const failures = countFailures(pool);
      const posts = [1, 2, 3].map((i) => ending(pool.post(push(i))));
      await until(() => failures() === 1, "the first attempt has failed");
      expect(pool.stats()).toMatchObject({ queued: 3, failed: 0 });
      await trouble.mend();
      clock.advance(250);
      expect(await Promise.all(posts)).toEqual(["200", "200", "200"]);
    });
  }

  const handshakes = {
    "a handshake that never ends": { handshake: "never ends" },
    "a handshake that is cut": { handshake: "is cut" },
    "a wrong ALPN": { alpn: ["http/1.1"] },
  } as const;
  for (const [name, tls] of Object.entries(handshakes)) {
    test(name, async () => {
      await using peer = await ScriptedPeer.listen({
        respond: () => ({}),
        tls: (connection) => (connection === 0 ? tls : {}),
      });
      const clock = new ManualClock();
      await using pool = poolFor(peer, { clock, connectTimeout: 1_000 });
      const failures = countFailures(pool);
      const post = ending(pool.post(push(1)));
      await peer.connection();
      if ("handshake" in tls && tls.handshake === "never ends") await clock.advanceAsync(1_000);
      await until(() => failures() === 1, "the first attempt has failed");
      await clock.advanceAsync(250);
      expect(await post).toBe("200");
    });
  }
});

describe("a failed connect with a healthy sibling", () => {
  test("fails nothing, and delays nothing", async () => {
    await using peer = await ScriptedPeer.listen({
      respond: () => ({}),
      tls: (connection) => (connection === 0 ? {} : { handshake: "is cut" }),
    });
    await using pool = poolFor(peer, { size: 3 });
    const failures = countFailures(pool);
    await until(() => pool.stats().active === 1 && failures() === 2, "one of three is open");
    const posts = Array.from({ length: 50 }, (_, i) => ending(pool.post(push(i))));
    expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
  });

  test("its backoff does not outlast the sibling: when that one goes away, a new one is opened at once", async () => {
    let broken = true;
    await using peer = await ScriptedPeer.listen({
      respond: () => ({}),
      tls: (connection) => (connection > 0 && broken ? { handshake: "is cut" } : {}),
    });
    const clock = new ManualClock();
    await using pool = poolFor(peer, {
      size: 2,
      clock,
      reconnect: { minDelay: 3_600_000, maxDelay: 3_600_000 },
    });
    const failures = countFailures(pool);
    await until(() => pool.stats().active === 1 && failures() === 1, "one of two is open");
    await clock.advanceAsync(10_000);
    broken = false;
    peer.sessions[0]!.goaway({ debug: { reason: "Shutdown" } });
    expect(await ending(pool.post(push(1)))).toBe("200");
  });
});

describe("the backoff between attempts to connect", () => {
  test("doubles from 250 ms to 30 s and stays there", async () => {
    const clock = new ManualClock();
    await using pool = new Pool("https://push.test", {
      clock,
      random: noJitter,
      lookup: (_host, _options, done) => done(cannotResolve, []),
    });
    const pauses = await pausesOf(pool, clock, countFailures(pool), 9);
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  test("takes jitter from `random`: half of it at least", async () => {
    const clock = new ManualClock();
    const drawn = [0, 0.5, 0.9];
    await using pool = new Pool("https://push.test", {
      clock,
      random: () => drawn.shift() ?? 0,
      lookup: (_host, _options, done) => done(cannotResolve, []),
    });
    expect(await pausesOf(pool, clock, countFailures(pool), 3)).toEqual([125, 375, 950]);
  });

  test("follows its options", async () => {
    const clock = new ManualClock();
    await using pool = new Pool("https://push.test", {
      clock,
      random: noJitter,
      reconnect: { minDelay: 10, maxDelay: 600, factor: 5 },
      lookup: (_host, _options, done) => done(cannotResolve, []),
    });
    expect(await pausesOf(pool, clock, countFailures(pool), 5)).toEqual([10, 50, 250, 600, 600]);
  });

  test("counts attempts that fail side by side once", async () => {
    const clock = new ManualClock();
    await using pool = new Pool("https://push.test", {
      size: 5,
      clock,
      random: noJitter,
      lookup: (_host, _options, done) => done(cannotResolve, []),
    });
    const failures = countFailures(pool);
    await until(() => failures() === 5, "all five have failed");
    expect(clock.delays).toEqual([250]);
    // Then one at a time is enough to find out.
    clock.advance(250);
    await until(() => failures() === 6, "the next has failed");
    expect([clock.delays, pool.stats().connecting]).toEqual([[500], 0]);
  });

  test("begins anew after a connection that worked", async () => {
    let broken = true;
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = new Pool(`https://localhost:${peer.port}`, {
      tls: { ca: peer.ca },
      clock,
      random: noJitter,
      lookup: (_host, _options, done) =>
        broken ? done(cannotResolve, []) : done(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    const failures = countFailures(pool);
    expect(await pausesOf(pool, clock, failures, 3)).toEqual([250, 500, 1_000]);
    await until(() => failures() === 4, "the fourth attempt has failed");
    broken = false;
    clock.advance(2_000);
    const session = await peer.session();
    await until(() => pool.stats().active === 1, "it is open");
    await clock.advanceAsync(10_000);
    broken = true;
    session.destroy();
    // At once, since that one had worked; then from the beginning.
    await until(() => failures() === 5, "it has been tried at once");
    expect(clock.delays.at(0)).toBe(250);
  });

  test("goes on growing while connections are accepted and lost at once", async () => {
    await using peer = await ScriptedPeer.listen({ onSession: (session) => session.destroy() });
    const clock = new ManualClock();
    await using pool = poolFor(peer, { clock });
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 5; attempt++) {
      await until(() => peer.sessions.length === attempt, "it was accepted");
      await until(
        () => pool.stats().active + pool.stats().connecting === 0 && clock.pending > 0,
        "it was lost",
      );
      pauses.push(Math.max(...clock.delays));
      await clock.advanceAsync(pauses.at(-1)!);
    }
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000]);
  });

  test("an idle connection that the server ends after a while is no failure", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    for (let round = 0; round < 12; round++) {
      await clock.advanceAsync(20_000);
      peer.sessions[round]!.goaway({ debug: { reason: "IdleTimeout" } });
      await until(() => peer.sessions.length === round + 2, "the next one is opened without a pause");
      await until(() => pool.stats().active === 1, "it is open");
    }
  });
});

describe("addresses", () => {
  test("DNS is resolved afresh for each connection", async () => {
    await using peer = await ScriptedPeer.listen();
    let lookups = 0;
    const pool = new Pool(`https://localhost:${peer.port}`, {
      tls: { ca: peer.ca },
      clock: new ManualClock(),
      size: 4,
      lookup: (_host, _options, done) => {
        lookups++;
        done(null, [
          { address: "127.0.0.1", family: 4 },
          { address: "127.0.0.1", family: 4 },
        ]);
      },
    });
    await using _ = pool;
    await until(() => pool.stats().active === 4, "all are open");
    expect(lookups).toBe(4);
    pool.resize(5);
    await until(() => pool.stats().active === 5, "one more is open");
    expect(lookups).toBe(5);
  });

  test("a host that moves is followed", async () => {
    await using old = await ScriptedPeer.listen();
    await using fresh = await ScriptedPeer.listen({ host: "::1", port: old.port, respond: () => ({}) });
    let address = { address: "127.0.0.1", family: 4 };
    const clock = new ManualClock();
    await using pool = new Pool(`https://localhost:${old.port}`, {
      tls: { ca: old.ca },
      clock,
      lookup: (_host, _options, done) => done(null, [address]),
    });
    await until(() => pool.stats().active === 1, "it is open");
    address = { address: "::1", family: 6 };
    await clock.advanceAsync(10_000);
    old.sessions[0]!.goaway();
    expect(await ending(pool.post(push(1)))).toBe("200");
    expect([old.connectionCount, fresh.connectionCount]).toEqual([1, 1]);
  });
});

describe("Pool.open", () => {
  test("resolves with the first connection, although others still fail", async () => {
    await using peer = await ScriptedPeer.listen({
      tls: (connection) => (connection === 2 ? {} : { handshake: "is cut" }),
    });
    await using pool = await Pool.open(peer.origin, {
      tls: { ca: peer.ca },
      size: 3,
      clock: new ManualClock(),
    });
    expect(pool.stats().active).toBe(1);
  });

  test("fails when none of the first attempts leads to a connection, and closes everything", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "is cut" } });
    const opening = Pool.open(peer.origin, { tls: { ca: peer.ca }, size: 3, clock: new ManualClock() });
    const error = await failure<ConnectFailed>(opening);
    expect([error.code, error.failure]).toEqual(["ERR_APNS_CONNECT", "unreachable"]);
    expect(peer.connectionCount).toBe(3);
  });

  test("Pool.with closes the pool whatever happens, and passes the result or the error on", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    let seen: Pool | undefined;
    const options = { tls: { ca: peer.ca } };
    const status = await Pool.with(peer.origin, options, async (pool) => {
      seen = pool;
      return (await pool.post(push(1))).status;
    });
    expect([status, seen?.state]).toEqual([200, "closed"]);
    const broken = Pool.with(peer.origin, options, (pool) => {
      seen = pool;
      throw new Error("mine");
    });
    expect((await failure<Error>(broken)).message).toBe("mine");
    expect(seen?.state).toBe("closed");
  });
});

test("a lookup function that rejects, or returns addresses in a promise, fails the first connection", async () => {
  const open = (lookup: unknown) =>
    failure<Error>(Pool.open("https://push.test", { lookup } as unknown as PoolOptions));
  expect(await open(() => Promise.reject(cannotResolve))).toMatchObject({
    name: "ConnectFailed",
    failure: "dns",
    cause: cannotResolve,
  });
  expect(await open(async () => [{ address: "127.0.0.1", family: 4 }])).toMatchObject({
    name: "InvalidOption",
    option: "lookup",
  });
});

test.each([null, 5, "5 s"])("close takes options in an object: %s is refused", async (options) => {
  await using peer = await ScriptedPeer.listen();
  await using pool = await openPool(peer);
  expect(await failure(pool.close(options as never))).toMatchObject({
    name: "InvalidOption",
    option: "options",
  });
  expect(pool.state).toBe("open");
});
