import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { type Aborted, type Closed, Connection, type Timeout } from "../src/index.ts";
import { ending, failure, openPool, push, settled, until, words } from "./support/pools.ts";

failOnLeaks();

describe("unsent is never said of what reaches the server", () => {
  test("a request cancelled in the turn in which it was posted does not leave: unsent", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer);
    const session = await peer.session();
    const abort = new AbortController();
    const response = ending(pool.post(push(1), { signal: abort.signal }));
    abort.abort();
    expect(await response).toBe("AbortError unsent");
    await session.roundTrip();
    expect(session.received.length).toBe(0);
  });

  test("a request that a connection closed in the same turn calls unsent does not leave with the goodbye", async () => {
    await using peer = await ScriptedPeer.listen();
    await using connection = await Connection.open(peer.origin, { tls: { ca: peer.ca } });
    const session = await peer.session();
    const response = ending(connection.post(push(1)));
    await connection.close();
    expect(await response).toBe("Closed unsent");
    await session.whenClosed();
    expect(session.received).toEqual([]);
  });

  test("a request that a pool closed in the same turn calls unsent does not leave with the goodbye", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer);
    const session = await peer.session();
    const response = ending(pool.post(push(1)));
    await pool.close();
    expect(await response).toBe("Closed unsent");
    await session.whenClosed();
    expect(session.received).toEqual([]);
  });

  test("a request whose deadline passed while its timer was late is not sent any more", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const first = ending(pool.post(push(1, { timeout: 20_000 })));
    const second = ending(pool.post(push(2, { timeout: 1_000 })));
    const { streamId } = await session.request();
    // The clock has passed the deadline, but no timer has fired yet when the answer comes.
    clock.setTimer(() => session.respond(streamId), 999);
    clock.advance(999);
    clock.now = () => 1_001;
    expect(await first).toBe("200");
    expect(await second).toBe("Timeout unsent");
    await session.roundTrip();
    expect(session.received.length).toBe(1);
  });
});

describe("delivery is honest over several attempts", () => {
  /** A request that was lost once, unknown, and waits for its next attempt. */
  async function lostOnce(peer: ScriptedPeer, clock: ManualClock, signal?: AbortSignal) {
    const pool = await openPool(peer, { clock, retry: { minDelay: 100 } });
    const session = await peer.session();
    const outcome = settled(pool.post(push(1, { idempotent: true, timeout: 5_000 }), signal && { signal }));
    (await session.request()).reset("INTERNAL_ERROR");
    await until(() => pool.stats().retrying === 1, "it waits for its next attempt");
    return { pool, session, outcome };
  }

  test("unknown, then out of time in the pause: unknown, with the reset as cause", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer, { retry: { minDelay: 6_000 } });
    const session = await peer.session();
    const outcome = failure<Timeout>(pool.post(push(1, { idempotent: true, timeout: 5_000 })));
    (await session.request()).reset("INTERNAL_ERROR");
    const error = await outcome;
    expect([error.name, error.delivery, error.deadlineSource]).toEqual(["Timeout", "unknown", "timeout"]);
    expect(String(error.cause)).toContain("INTERNAL_ERROR");
  });

  test("unknown, then refused until time is up: unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const { pool, session, outcome } = await lostOnce(peer, clock);
    await using _ = pool;
    session.autoRespond((request) => request.reset("REFUSED_STREAM"));
    for (const pause of [100, 200, 400, 800, 1_600]) {
      await until(() => pool.stats().retrying === 1, "it backs off");
      await clock.advanceAsync(pause);
    }
    const error = (await outcome) as Timeout;
    expect([error.name, error.delivery]).toEqual(["Timeout", "unknown"]);
    expect(String(error.cause)).toContain("REFUSED_STREAM");
  });

  test("unknown, then aborted in the queue: unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const abort = new AbortController();
    const { pool, session, outcome } = await lostOnce(peer, clock, abort.signal);
    await using _ = pool;
    session.sendSettings({ maxConcurrentStreams: 0 });
    await session.roundTrip();
    await clock.advanceAsync(100);
    expect(pool.stats().queued).toBe(1);
    abort.abort("enough");
    const error = (await outcome) as Aborted;
    expect([error.name, error.delivery, error.cause]).toEqual(["AbortError", "unknown", "enough"]);
  });

  test("unknown, then expired in the queue: unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const { pool, session, outcome } = await lostOnce(peer, clock);
    await using _ = pool;
    session.sendSettings({ maxConcurrentStreams: 0 });
    await session.roundTrip();
    await clock.advanceAsync(5_008);
    expect(words(await outcome)).toBe("Timeout unknown");
  });

  test("unknown, then the pool is closed: unknown, with the reason of the pool", async () => {
    await using peer = await ScriptedPeer.listen();
    const { pool, outcome } = await lostOnce(peer, new ManualClock());
    await pool.close();
    const error = (await outcome) as Closed;
    expect([error.name, error.delivery, error.reason]).toEqual(["Closed", "unknown", "close"]);
  });

  test("unknown, then refused as the pool ends: unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const { pool, session, outcome } = await lostOnce(peer, clock);
    await using _ = pool;
    await clock.advanceAsync(100);
    const { streamId } = (await session.requests(1))[0]!;
    session.batch(() => {
      session.goaway({ lastStreamId: streamId, debug: { reason: "BadCertificate" } });
      session.reset(streamId, "REFUSED_STREAM");
    });
    const error = (await outcome) as Closed;
    expect([error.name, error.delivery]).toEqual(["Closed", "unknown"]);
  });

  test("unknown, then an answer: the answer", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const { pool, session, outcome } = await lostOnce(peer, clock);
    await using _ = pool;
    await clock.advanceAsync(100);
    (await session.request()).respond();
    expect(words(await outcome)).toBe("200");
  });

  test("never sent at all: unsent", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 0 } });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const response = ending(pool.post(push(1, { timeout: 100 })));
    await clock.advanceAsync(108);
    expect(await response).toBe("Timeout unsent");
  });

  test("refused only, until time is up: unsent, with the refusal as cause", async () => {
    await using peer = await ScriptedPeer.listen({ respond: (request) => request.reset("REFUSED_STREAM") });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const outcome = failure<Timeout>(pool.post(push(1, { timeout: 300 })));
    await until(() => pool.stats().retrying === 1, "it backs off");
    await clock.advanceAsync(250);
    const error = await outcome;
    expect([error.name, error.delivery]).toEqual(["Timeout", "unsent"]);
    expect(String(error.cause)).toContain("REFUSED_STREAM");
  });
});
