import { type Answer, ManualClock, ScriptedPeer, type ScriptedSession } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import type { Pool } from "../src/index.ts";
import { ending, openPool, push, turns, until } from "./support/pools.ts";

failOnLeaks();

const refusal = (status: number, reason?: string): Answer =>
  reason === undefined ? { status } : { status, body: { reason } };

/** Lets the pool make its attempts; returns the pauses in between. */
async function pauses(
  pool: Pool,
  clock: ManualClock,
  peer: ScriptedPeer,
  over: () => boolean,
): Promise<number[]> {
  const all: number[] = [];
  let attempts = 1;
  for (;;) {
    await until(
      () => over() || (pool.stats().retrying === 1 && peer.received.length === attempts),
      "an attempt is over",
    );
    if (over()) return all;
    const before = clock.now();
    while (peer.received.length === attempts && !over()) {
      clock.advanceToNext();
      // What it leads to must have arrived before the clock goes on.
      await turns(3);
      await Promise.all(peer.sessions.filter(({ closed }) => !closed).map((session) => session.roundTrip()));
    }
    all.push(clock.now() - before);
    attempts = peer.received.length;
  }
}

describe("backoff to the deadline, with the last answer returned", () => {
  for (const [status, reason] of [
    [429, "TooManyRequests"],
    [500, "InternalServerError"],
    [503, "ServiceUnavailable"],
    [503, undefined],
  ] as const) {
    test(`${status} ${reason ?? "without a reason"}`, async () => {
      await using peer = await ScriptedPeer.listen({ respond: () => refusal(status, reason) });
      const clock = new ManualClock();
      await using pool = await openPool(peer, { clock, maxInternalServerErrors: Infinity });
      let over = false;
      const post = ending(pool.post(push(1, { timeout: 10_000 }))).finally(() => {
        over = true;
      });
      // 250 + 500 + 1,000 + 2,000 + 4,000; another 8,000 would be too late, so nobody waits for them.
      expect(await pauses(pool, clock, peer, () => over)).toEqual([250, 500, 1_000, 2_000, 4_000]);
      expect(await post).toBe(`${status} ${reason ?? ""}`.trim());
      expect(clock.now()).toBe(7_750);
      expect(peer.received.length).toBe(6);
      expect(pool.stats()).toMatchObject({ completed: 1, failed: 0, retries: 5, retrying: 0 });
    });
  }

  test("the pauses follow their options and jitter", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => refusal(503) });
    const clock = new ManualClock();
    const drawn = [0.5, 0, 0.5, 0.9];
    const retry = { minDelay: 100, maxDelay: 400, factor: 3 };
    // The first number is for the lifetime of the connection.
    await using pool = await openPool(peer, { clock, retry, random: () => drawn.shift() ?? 0 });
    let over = false;
    const post = ending(pool.post(push(1, { timeout: 1_000 }))).finally(() => {
      over = true;
    });
    expect(await pauses(pool, clock, peer, () => over)).toEqual([50, 225, 380, 200]);
    expect(await post).toBe("503");
  });

  test("an answer that is final in between ends it", async () => {
    const answers = [refusal(503), refusal(429, "TooManyRequests"), refusal(410, "Unregistered")];
    await using peer = await ScriptedPeer.listen({ respond: () => answers.shift() });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    let over = false;
    const post = ending(pool.post(push(1))).finally(() => {
      over = true;
    });
    expect(await pauses(pool, clock, peer, () => over)).toEqual([250, 500]);
    expect(await post).toBe("410 Unregistered");
  });

  test("the apns-id stays the same over all attempts, and so does everything else", async () => {
    const answers = [refusal(503), refusal(500), {}];
    await using peer = await ScriptedPeer.listen({ respond: () => answers.shift() });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    let over = false;
    const headers = { "apns-id": "123e4567-e89b-12d3-a456-4266554400a0" };
    const post = ending(pool.post(push(1, { headers, body: '{"aps":{}}' }))).finally(() => {
      over = true;
    });
    await pauses(pool, clock, peer, () => over);
    expect(await post).toBe("200");
    const sent = peer.received.map(({ headers, body }) => [headers, body.toString()]);
    expect(sent.length).toBe(3);
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[2]).toEqual(sent[0]);
  });

  test("a first answer for which there is no time to wait is returned at once", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => refusal(503) });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    expect(await ending(pool.post(push(1, { timeout: 250 })))).toBe("503");
    expect(clock.now()).toBe(0);
  });

  test("while it waits for a stream after its pause and time is up: the last answer", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const post = ending(pool.post(push(1, { timeout: 1_000 })));
    const request = await session.request();
    session.batch(() => {
      session.sendSettings({ maxConcurrentStreams: 0 });
      request.respond(refusal(503));
    });
    await until(() => pool.stats().retrying === 1, "it backs off");
    await clock.advanceAsync(250);
    expect(pool.stats().queued).toBe(1);
    await clock.advanceAsync(758);
    expect(await post).toBe("503");
  });

  test("while the next attempt is in flight and time is up: unknown, with the answer as no excuse", async () => {
    const answers: (Answer | undefined)[] = [refusal(503)];
    await using peer = await ScriptedPeer.listen({ respond: () => answers.shift() });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const post = ending(pool.post(push(1, { timeout: 1_000 })));
    await until(() => pool.stats().retrying === 1, "it backs off");
    await clock.advanceAsync(250);
    await until(() => peer.received.length === 2, "it is in flight again");
    await clock.advanceAsync(758);
    expect(await post).toBe("Timeout unknown");
  });
});

describe("final answers are sent once", () => {
  for (const [status, reason] of [
    [400, "BadDeviceToken"],
    [403, "ExpiredProviderToken"],
    [403, "InvalidProviderToken"],
    [410, "Unregistered"],
    [413, "PayloadTooLarge"],
    [429, "TooManyProviderTokenUpdates"],
  ] as const) {
    test(`${status} ${reason}`, async () => {
      await using peer = await ScriptedPeer.listen({ respond: () => refusal(status, reason) });
      const clock = new ManualClock();
      await using pool = await openPool(peer, { clock });
      expect(await ending(pool.post(push(1)))).toBe(`${status} ${reason}`);
      await clock.advanceAsync(60_000);
      expect(peer.received.length).toBe(1);
      expect(pool.stats()).toMatchObject({ state: "open", active: 1, retries: 0, completed: 1 });
    });
  }
});

describe("Shutdown", () => {
  test("moves on to another connection at once, and its own takes nothing more", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { size: 2, clock });
    const post = ending(pool.post(push(1)));
    const { session, streamId } = await peer.request();
    session.respond(streamId, refusal(503, "Shutdown"));
    const again = await peer.request();
    expect(again.session).not.toBe(session);
    again.respond();
    expect(await post).toBe("200");
    await session.whenClosed();
    expect([clock.now(), session.received.length]).toEqual([0, 1]);
  });

  test("from every connection at once: no storm of connections, however many requests wait", async () => {
    await using peer = await ScriptedPeer.listen({
      settings: { maxConcurrentStreams: 2 },
      respond: () => refusal(503, "Shutdown"),
    });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { size: 2, clock });
    const posts = Array.from({ length: 100 }, (_, i) => ending(pool.post(push(i, { timeout: 5_000 }))));
    await until(() => pool.stats().active + pool.stats().draining === 0, "both are gone");
    for (let i = 0; i < 20; i++) await clock.advanceAsync(0);
    expect([peer.connectionCount, pool.stats().connecting]).toEqual([2, 0]);
    await clock.advanceAsync(250);
    await until(() => peer.connectionCount > 2, "it is tried again");
    await clock.advanceAsync(10_000);
    await Promise.all(posts);
    expect(peer.connectionCount).toBeLessThan(20);
  });
});

describe("a connection that answers 500 again and again", () => {
  /** Posts until a number of requests have been answered by each of the sessions. */
  async function answeredBy(pool: Pool, count: number): Promise<void> {
    for (let i = 0; i < count; i++) await ending(pool.post(push(i, { timeout: 1 })));
  }

  test("is retired: its replacement is opened before it is let go, and takes over", async () => {
    await using peer = await ScriptedPeer.listen({
      onSession: (session, number) =>
        session.autoRespond(() => (number === 0 ? refusal(500, "InternalServerError") : {})),
    });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    await clock.advanceAsync(10_000);
    const [first] = peer.sessions as [ScriptedSession];
    await answeredBy(pool, 2);
    expect(pool.stats()).toMatchObject({ active: 1, connecting: 0 });
    await answeredBy(pool, 1);
    expect(pool.stats()).toMatchObject({ active: 1, connecting: 1 });
    expect(first.closed).toBe(false);
    await first.whenClosed();
    expect(pool.stats()).toMatchObject({ active: 1, connecting: 0 });
    expect(await ending(pool.post(push(9)))).toBe("200");
  });

  test("is not retired while other answers come in between", async () => {
    let count = 0;
    await using peer = await ScriptedPeer.listen({ respond: () => (++count % 3 === 0 ? {} : refusal(500)) });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    await clock.advanceAsync(10_000);
    await answeredBy(pool, 30);
    expect([peer.connectionCount, pool.stats().active]).toEqual([1, 1]);
  });

  test("is retired after as many as the option says, or never", async () => {
    for (const [maxInternalServerErrors, replaced] of [
      [1, true],
      [6, false],
      [Infinity, false],
    ] as const) {
      await using peer = await ScriptedPeer.listen({ respond: () => refusal(500) });
      const clock = new ManualClock();
      await using pool = await openPool(peer, { clock, maxInternalServerErrors });
      await clock.advanceAsync(10_000);
      await answeredBy(pool, maxInternalServerErrors === 1 ? 1 : 5);
      expect(pool.stats().connecting).toBe(replaced ? 1 : 0);
    }
  });

  test("although it is new: its replacement waits, so that a broken server meets no storm of connections", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => refusal(500) });
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    await answeredBy(pool, 200);
    expect([peer.connectionCount, pool.stats().connecting]).toEqual([1, 0]);
    await clock.advanceAsync(250);
    await until(
      () => pool.stats().active === 1 && pool.stats().draining === 0 && peer.connectionCount === 2,
      "replaced",
    );
    await answeredBy(pool, 200);
    expect(peer.connectionCount).toBe(2);
    await clock.advanceAsync(499);
    expect(peer.connectionCount).toBe(2);
    await clock.advanceAsync(1);
    await until(() => peer.connectionCount === 3, "the next pause is twice as long");
  });
});
