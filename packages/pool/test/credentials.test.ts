import { clientCertificate, ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { type Closed, Pool } from "../src/index.ts";
import { ending, failure, openPool, poolFor, push, turns, until } from "./support/pools.ts";

failOnLeaks();

/** The pool has ended, and no time makes it connect again. */
async function expectTheEnd(
  pool: Pool,
  clock: ManualClock,
  peer: ScriptedPeer,
  reason: string,
  connections = 1,
) {
  await until(() => pool.state === "closed", "the pool has ended");
  const before = peer.connectionCount;
  await clock.advanceAsync(3_600_000);
  await turns();
  expect(peer.connectionCount).toBe(before);
  expect(before).toBeLessThanOrEqual(connections);
  expect(pool.stats()).toMatchObject({
    state: "closed",
    queued: 0,
    inflight: 0,
    retrying: 0,
    active: 0,
    connecting: 0,
  });
  const late = await failure<Closed>(pool.post(push(99)));
  expect([late.name, late.reason, late.delivery]).toEqual(["Closed", reason, "unsent"]);
}

describe("the pool ends with that reason, connects no more and settles everything queued", () => {
  for (const reason of ["BadCertificate", "BadCertificateEnvironment"]) {
    test(`${reason} as an answer`, async () => {
      await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 2 } });
      const clock = new ManualClock();
      await using pool = await openPool(peer, { clock });
      const ended: string[] = [];
      pool.on("closed", (why) => ended.push(why));
      const session = await peer.session();
      const posts = [1, 2, 3, 4].map((i) => ending(pool.post(push(i))));
      const [first, second] = await session.requests(2);
      first!.respond({ status: 403, body: { reason } });
      expect(await posts[0]).toBe(`403 ${reason}`);
      expect(await Promise.all(posts.slice(2))).toEqual(["Closed unsent", "Closed unsent"]);
      // What is in flight gets a moment for its answer.
      second!.respond();
      expect(await posts[1]).toBe("200");
      await expectTheEnd(pool, clock, peer, reason);
      expect(ended).toEqual([reason]);
    });

    test(`${reason} by GOAWAY`, async () => {
      await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 2 } });
      const clock = new ManualClock();
      await using pool = await openPool(peer, { clock });
      const session = await peer.session();
      const posts = [1, 2, 3].map((i) => failure<Closed>(pool.post(push(i))));
      await session.requests(2);
      session.goaway({ lastStreamId: 0, debug: { reason } });
      const errors = await Promise.all(posts);
      expect(errors.map((error) => [error.reason, error.delivery])).toEqual(
        Array(3).fill([reason, "unsent"]),
      );
      await expectTheEnd(pool, clock, peer, reason);
    });

    test(`${reason} by GOAWAY on a connection that drains already`, async () => {
      await using peer = await ScriptedPeer.listen();
      const clock = new ManualClock();
      await using pool = await openPool(peer, { clock });
      const session = await peer.session();
      const posted = ending(pool.post(push(1)));
      const request = await session.request();
      session.goaway({ debug: { reason: "Shutdown" } });
      await until(() => pool.stats().draining === 1, "the connection drains");
      session.goaway({ debug: { reason } });
      await until(() => pool.state !== "open", "the pool has heard of it");
      request.respond();
      expect(await posted).toBe("200");
      await expectTheEnd(pool, clock, peer, reason, 2);
    });

    test(`${reason} by GOAWAY in one piece with the answer that ends the connection`, async () => {
      await using peer = await ScriptedPeer.listen();
      const clock = new ManualClock();
      await using pool = await openPool(peer, { clock });
      const session = await peer.session();
      const posted = ending(pool.post(push(1)));
      const request = await session.request();
      session.batch(() => {
        request.reset("ENHANCE_YOUR_CALM");
        session.goaway({ debug: { reason } });
      });
      await posted;
      await expectTheEnd(pool, clock, peer, reason);
    });

    test(`${reason} by GOAWAY right after SETTINGS`, async () => {
      await using peer = await ScriptedPeer.listen({
        settings: false,
        onSession: (session) =>
          session.batch(() => {
            session.sendSettings();
            session.goaway({ debug: { reason } });
          }),
      });
      const clock = new ManualClock();
      await using pool = poolFor(peer, { clock, size: 2 });
      const error = await failure<Closed>(pool.post(push(1)));
      expect([error.name, error.reason, error.delivery]).toEqual(["Closed", reason, "unsent"]);
      await expectTheEnd(pool, clock, peer, reason, 2);
    });

    test(`${reason} by GOAWAY before SETTINGS`, async () => {
      await using peer = await ScriptedPeer.listen({
        settings: false,
        onSession: (session) => session.goaway({ debug: { reason } }),
      });
      const clock = new ManualClock();
      await using pool = poolFor(peer, { clock, size: 2 });
      const error = await failure<Closed>(pool.post(push(1)));
      expect([error.name, error.reason, error.delivery]).toEqual(["Closed", reason, "unsent"]);
      expect(error.cause).toMatchObject({ code: "ERR_APNS_CONNECT", reason });
      await expectTheEnd(pool, clock, peer, reason, 2);
    });
  }

  test("a client certificate refused by a TLS alert", async () => {
    await using peer = await ScriptedPeer.listen({
      tls: { clientCertificate: { refusedWith: "certificate_expired" } },
    });
    const { cert, key } = await clientCertificate();
    const clock = new ManualClock();
    await using pool = poolFor(peer, { clock, tls: { ca: peer.ca, cert, key } });
    const error = await failure<Closed>(pool.post(push(1)));
    expect([error.name, error.delivery]).toEqual(["Closed", "unsent"]);
    expect(error.cause).toMatchObject({ failure: "client-certificate" });
    await expectTheEnd(pool, clock, peer, error.reason);
  });

  test("while others wait in backoff: those get their last answer", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const waiting = ending(pool.post(push(1)));
    (await session.request()).respond({ status: 503, body: { reason: "ServiceUnavailable" } });
    await until(() => pool.stats().retrying === 1, "it backs off");
    const refused = ending(pool.post(push(2)));
    (await session.request()).respond({ status: 403, body: { reason: "BadCertificate" } });
    expect(await Promise.all([waiting, refused])).toEqual(["503 ServiceUnavailable", "403 BadCertificate"]);
    await expectTheEnd(pool, clock, peer, "BadCertificate");
  });

  test("what gets no answer within a second is given up as unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const posts = [1, 2].map((i) => ending(pool.post(push(i, { idempotent: true }))));
    const [first] = await session.requests(2);
    first!.respond({ status: 403, body: { reason: "BadCertificate" } });
    await posts[0];
    await clock.advanceAsync(1_000);
    expect(await posts[1]).toBe("Closed unknown");
    await expectTheEnd(pool, clock, peer, "BadCertificate");
  });

  test("with siblings: they take no more either", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock, size: 3 });
    peer.sessions[1]!.goaway({ debug: { reason: "BadCertificate" } });
    await expectTheEnd(pool, clock, peer, "BadCertificate", 3);
  });

  test("closing it afterwards, twice, changes nothing", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const pool = await openPool(peer, { clock });
    peer.sessions[0]!.goaway({ debug: { reason: "BadCertificate" } });
    await until(() => pool.state === "closed", "the pool has ended");
    await Promise.all([pool.close(), pool.close({ drain: 1_000 })]);
    expect((await failure<Closed>(pool.post(push(1)))).reason).toBe("BadCertificate");
  });
});

test("Pool.open fails with the reason when the credentials are refused", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: false,
    onSession: (session) => session.goaway({ debug: { reason: "BadCertificateEnvironment" } }),
  });
  const opening = Pool.open(peer.origin, { tls: { ca: peer.ca }, clock: new ManualClock() });
  expect(await failure(opening)).toMatchObject({
    code: "ERR_APNS_CONNECT",
    reason: "BadCertificateEnvironment",
  });
});

test("a 403 that is about provider tokens does not end the pool", async () => {
  await using peer = await ScriptedPeer.listen({
    respond: () => ({ status: 403, body: { reason: "InvalidProviderToken" } }),
  });
  await using pool = await openPool(peer);
  expect(await ending(pool.post(push(1)))).toBe("403 InvalidProviderToken");
  expect(pool.stats()).toMatchObject({ state: "open", active: 1 });
});
