import { ManualClock, ScriptedPeer, TcpProxy } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { type Closed, type ConnectFailed, Connection } from "../src/index.ts";
import { connectTo, failureOf, outcomeOf, outcomesOf, push } from "./support/index.ts";

failOnLeaks();

test("cut while connecting", async () => {
  await using peer = await ScriptedPeer.listen({ tls: { handshake: "is cut" } });
  expect(
    await failureOf<ConnectFailed>(Connection.open(peer.origin, { tls: { ca: peer.ca } })),
  ).toMatchObject({
    name: "ConnectFailed",
    failure: "unreachable",
  });
});

test.each([10, 300, 1_200])("cut in the handshake, after %i bytes from the server", async (after) => {
  await using peer = await ScriptedPeer.listen();
  await using proxy = await TcpProxy.listen({ target: peer.port });
  proxy.cut({ after, direction: "toClient" });
  const failure = await failureOf<ConnectFailed>(Connection.open(proxy.origin, { tls: { ca: peer.ca } }));
  expect(failure).toMatchObject({ name: "ConnectFailed", delivery: "unsent" });
  expect(["unreachable", "http2"]).toContain(failure.failure);
});

test("cut between the handshake and SETTINGS", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: false,
    onSession: (session) => session.destroy(),
  });
  const failure = await failureOf<ConnectFailed>(Connection.open(peer.origin, { tls: { ca: peer.ca } }));
  expect(failure).toMatchObject({ name: "ConnectFailed", failure: "http2", reason: undefined });
  expect(failure.cause).toMatchObject({ code: "ECONNRESET" });
});

test("ended by the server between the handshake and SETTINGS", async () => {
  await using peer = await ScriptedPeer.listen({ settings: false, onSession: (session) => session.end() });
  const failure = await failureOf<ConnectFailed>(Connection.open(peer.origin, { tls: { ca: peer.ca } }));
  expect(failure).toMatchObject({ failure: "http2", reason: undefined });
});

test("cut: the socket's own error is the reason and the cause", async () => {
  await using peer = await ScriptedPeer.listen();
  await using proxy = await TcpProxy.listen({ target: peer.port });
  await using to = await connectTo(peer, { via: proxy.origin });
  const posted = failureOf<Closed>(to.connection.post(push()));
  await to.session.request();
  proxy.cut();
  expect(await posted).toMatchObject({ name: "Closed", reason: "ECONNRESET", delivery: "unknown" });
  expect((await posted).cause).toMatchObject({ code: "ECONNRESET" });
  expect(to.connection.reason).toBe("ECONNRESET");
});

test("cut with 1,000 requests in flight: each settles once, as unknown", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const outcomes = outcomesOf(Array.from({ length: 1_000 }, (_, i) => to.connection.post(push(i))));
  await to.session.requests(1_000);
  to.session.destroy();
  expect(new Set(await outcomes)).toEqual(new Set(["Closed unknown"]));
  expect(to.connection.stats()).toMatchObject({ state: "closed", inflight: 0, capacity: 0, pending: 0 });
});

test("half closed by the server: what is in flight fails, nothing new is taken", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const posted = failureOf(to.connection.post(push()));
  await to.session.request();
  to.session.end();
  expect(await posted).toMatchObject({ reason: "the server ended the connection", delivery: "unknown" });
  expect(await outcomeOf(to.connection.post(push()))).toBe("Closed unsent");
  await to.session.whenClosed();
});

test("ECONNRESET storms: every connection fails, nothing is left behind", async () => {
  await using peer = await ScriptedPeer.listen({ onSession: (session) => session.destroy() });
  const attempts = Array.from({ length: 20 }, async () => {
    const connection = await Connection.open(peer.origin, { tls: { ca: peer.ca } }).catch(() => undefined);
    return connection && (await outcomeOf(connection.post(push())));
  });
  for (const outcome of await Promise.all(attempts)) {
    expect([undefined, "Closed unsent", "Closed unknown"]).toContain(outcome);
  }
});

describe("half-open (black hole)", () => {
  test("a PING after an idle period gets no answer: all in flight fail promptly", async () => {
    await using peer = await ScriptedPeer.listen();
    await using proxy = await TcpProxy.listen({ target: peer.port });
    const clock = new ManualClock();
    await using to = await connectTo(peer, {
      via: proxy.origin,
      clock,
      pingInterval: 30_000,
      pingTimeout: 4_000,
    });
    const outcomes = outcomesOf([1, 2].map((number) => to.connection.post(push(number))));
    await to.session.requests(2);
    proxy.swallow("toServer");
    await clock.advanceAsync(30_000);
    expect(to.connection).toMatchObject({ state: "active", inflight: 2 });
    await clock.advanceAsync(3_999);
    expect(to.connection.state).toBe("active");
    await clock.advanceAsync(2);
    expect(await outcomes).toEqual(["Closed unknown", "Closed unknown"]);
    expect(to.connection.reason).toBe("the server does not answer any more");
  });

  test("a request that times out has the server asked at once", async () => {
    await using peer = await ScriptedPeer.listen();
    await using proxy = await TcpProxy.listen({ target: peer.port });
    const clock = new ManualClock();
    await using to = await connectTo(peer, { via: proxy.origin, clock, pingTimeout: 4_000 });
    const outcomes = outcomesOf([
      to.connection.post(push(1, { timeout: 1_000 })),
      to.connection.post(push(2)),
    ]);
    await to.session.requests(2);
    proxy.stall();
    await clock.advanceAsync(1_008);
    expect(to.connection.stats()).toMatchObject({ state: "active", inflight: 1 });
    await clock.advanceAsync(4_001);
    expect(await outcomes).toEqual(["Timeout unknown", "Closed unknown"]);
  });

  test("a server that is only slow answers the PING, and nothing else fails", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using to = await connectTo(peer, { clock });
    const slow = to.connection.post(push(2));
    expect(await timedOut(to.connection.post(push(1, { timeout: 1_000 })), clock)).toBe("Timeout unknown");
    await to.session.nextFrame("PING", (frame) => !frame.ack);
    await to.session.roundTrip();
    await clock.advanceAsync(10_000);
    (await to.session.request()).respond();
    expect(await outcomeOf(slow)).toBe(200);
  });
});

async function timedOut(posted: Promise<never> | ReturnType<Connection["post"]>, clock: ManualClock) {
  const outcome = outcomeOf(posted);
  await clock.advanceAsync(1_008);
  return outcome;
}
