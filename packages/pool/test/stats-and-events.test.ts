import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { ending, openPool, poolFor, push, until } from "./support/pools.ts";

failOnLeaks();

test("stats count every request where it is", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 2 } });
  const clock = new ManualClock();
  await using pool = poolFor(peer, { clock });
  expect(pool.stats()).toEqual({
    state: "open",
    active: 0,
    connecting: 1,
    draining: 0,
    queued: 0,
    oldestQueued: 0,
    inflight: 0,
    retrying: 0,
    completed: 0,
    failed: 0,
    retries: 0,
    lastAcceptedAt: undefined,
    connectFailures: 0,
    lastConnectError: undefined,
  });
  const posts = Array.from({ length: 5 }, (_, i) => ending(pool.post(push(i, { timeout: 5_000 }))));
  expect(pool.stats()).toMatchObject({ queued: 5, connecting: 1 });
  const session = await peer.session();
  const [first, second] = await session.requests(2);
  expect(pool.stats()).toMatchObject({ active: 1, connecting: 0, queued: 3, inflight: 2 });
  first!.respond({ status: 503 });
  await session.request();
  expect(pool.stats()).toMatchObject({ queued: 2, inflight: 2, retrying: 1, retries: 0 });
  second!.respond({ status: 400 });
  await session.request();
  expect(pool.stats()).toMatchObject({ queued: 1, inflight: 2, retrying: 1, completed: 1 });
  await clock.advanceAsync(250);
  expect(pool.stats()).toMatchObject({ queued: 2, retrying: 0, retries: 1 });
  session.autoRespond();
  expect(await Promise.all(posts)).toEqual(["200", "400", "200", "200", "200"]);
  expect(pool.stats()).toMatchObject({ queued: 0, inflight: 0, completed: 5, failed: 0, retries: 1 });
});

describe("events", () => {
  test("tell of connections that come, go and do not come about, and of the end", async () => {
    await using peer = await ScriptedPeer.listen({
      tls: (connection) => (connection === 0 ? { handshake: "is cut" } : {}),
    });
    const clock = new ManualClock();
    const pool = poolFor(peer, { clock });
    const events: string[] = [];
    pool.on("connected", () => events.push("connected"));
    pool.on("disconnected", (reason) => events.push(`disconnected: ${reason}`));
    pool.on("connectFailed", ({ failure }) => events.push(`connectFailed: ${failure}`));
    pool.on("closed", (reason) => events.push(`closed: ${reason}`));
    await until(() => events.length === 1, "the first attempt has failed");
    await clock.advanceAsync(250);
    await until(() => events.length === 2, "the second has not");
    peer.sessions[0]!.goaway({ debug: { reason: "Shutdown" } });
    await until(() => events.length === 3, "it is gone");
    await pool.close();
    expect(events).toEqual([
      "connectFailed: unreachable",
      "connected",
      "disconnected: Shutdown",
      "closed: close",
    ]);
  });

  test("are no condition: a pool to which nobody listens does not fall over", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "is cut" } });
    await using pool = poolFor(peer);
    await until(() => peer.connectionCount === 1 && pool.stats().connecting === 0, "connecting has failed");
    expect(pool.state).toBe("open");
  });
});

describe("the logger", () => {
  test("hears of connections at info, of failures at warn and error, of retries at debug; never of what is sent", async () => {
    const lines: { level: number; msg: string }[] = [];
    const logger = pino({ level: "trace" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    await using peer = await ScriptedPeer.listen({
      tls: (connection) => (connection === 0 ? { handshake: "is cut" } : {}),
    });
    const clock = new ManualClock();
    await using pool = poolFor(peer, { clock, logger });
    await until(() => peer.connectionCount === 1 && pool.stats().connecting === 0, "connecting has failed");
    clock.advance(250);
    const session = await peer.session();
    const secret = { headers: { authorization: "bearer sEcReT" }, body: '{"aps":{"alert":"pRiVaTe"}}' };
    const posts = [1, 2].map((i) => ending(pool.post(push(i, { ...secret, timeout: 2_000 }))));
    const [first, second] = await session.requests(2);
    first!.respond({ status: 503, body: { reason: "ServiceUnavailable" } });
    second!.reset("INTERNAL_ERROR");
    await until(() => pool.stats().retrying === 1, "it backs off");
    await clock.advanceAsync(250);
    (await session.request()).respond({ status: 403, body: { reason: "BadCertificate" } });
    await Promise.all(posts);
    await until(() => pool.state === "closed", "the pool has ended");
    const at = (level: string) =>
      lines.filter((line) => line.level === pino.levels.values[level]).map(({ msg }) => msg);
    expect(at("warn")).toEqual(["cannot connect"]);
    expect(at("error")).toEqual(["pool ends: the server refuses its credentials"]);
    expect(at("debug")).toContain("request will be retried");
    expect(at("info")).toContain("connection open");
    // One line for the connection that could not be opened.
    expect(lines.filter(({ msg }) => /connect(ing failed)?$/.test(msg))).toHaveLength(1);
    const all = JSON.stringify(lines);
    for (const private_ of ["sEcReT", "pRiVaTe", "abababab", "BEGIN"]) expect(all).not.toContain(private_);
  });

  test("is told when a connection is to be replaced, and why", async () => {
    const reasons: unknown[] = [];
    const logger = pino(
      {},
      {
        write: (line: string) => {
          const { msg, reason } = JSON.parse(line);
          if (msg === "connection to be replaced") reasons.push(reason);
        },
      },
    );
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock, logger, maxAge: 20_000, maxRequests: 2 });
    for (let i = 0; i < 2; i++) await ending(pool.post(push(i)));
    await until(() => peer.sessions.length === 2 && pool.stats().active === 1, "replaced");
    await clock.advanceAsync(20_000);
    expect(reasons).toEqual(["maxRequests", "maxAge"]);
    await until(() => pool.stats().connecting === 0, "replaced");
  });
});
