import { once } from "node:events";
import { connect } from "node:net";
import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import type { Closed } from "../src/index.ts";
import { bareConnection, connectTo, failureOf, outcomeOf, outcomesOf, push } from "./support/index.ts";

failOnLeaks();

test("in flight at or below the last id finish, those above fail as unsent at once, nothing new is taken", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const posted = [1, 2, 3, 4].map((number) => to.connection.post(push(number)));
  const outcomes = outcomesOf(posted);
  await to.session.requests(4);
  to.session.goaway({ lastStreamId: 3, debug: { reason: "Shutdown" } });
  expect(await outcomesOf(posted.slice(2))).toEqual(["Closed unsent", "Closed unsent"]);
  expect(to.connection).toMatchObject({ state: "draining", reason: "Shutdown", inflight: 2, capacity: 0 });
  expect(await failureOf<Closed>(to.connection.post(push(5)))).toMatchObject({
    name: "Closed",
    reason: "Shutdown",
    delivery: "unsent",
  });
  to.session.respond(1);
  await to.session.roundTrip();
  expect(to.connection.state).toBe("draining");
  to.session.respond(3, { status: 400 });
  expect(await outcomes).toEqual([200, 400, "Closed unsent", "Closed unsent"]);
  expect(to.connection.state).toBe("closed");
  await to.session.whenClosed();
});

test("an answer that arrives in one piece with the GOAWAY behind it counts", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const outcomes = outcomesOf([1, 2].map((number) => to.connection.post(push(number))));
  await to.session.requests(2);
  to.session.batch(() => {
    to.session.goaway({ lastStreamId: 1 });
    to.session.respond(1);
  });
  expect(await outcomes).toEqual([200, "Closed unsent"]);
});

describe("the reason", () => {
  const cases: [
    title: string,
    goaway: { code?: "NO_ERROR" | "ENHANCE_YOUR_CALM"; debug?: string | object },
    reason: string,
  ][] = [
    [
      "last id 0 with a JSON reason",
      { debug: { reason: "BadCertificateEnvironment" } },
      "BadCertificateEnvironment",
    ],
    [
      "text that is not JSON",
      { debug: "Maximum active streams violated for this endpoint." },
      "Maximum active streams violated for this endpoint.",
    ],
    ["empty", {}, "GOAWAY"],
    ["empty with an error code", { code: "ENHANCE_YOUR_CALM" }, "GOAWAY ENHANCE_YOUR_CALM"],
    ["JSON without a reason", { debug: { reasons: 1 } }, '{"reasons":1}'],
  ];
  test.each(cases)("%s", async (_title, goaway, reason) => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const events: string[] = [];
    to.connection.on("draining", (why) => events.push(`draining ${why}`));
    to.connection.on("closed", (why) => events.push(`closed ${why}`));
    const posted = failureOf<Closed>(to.connection.post(push()));
    await to.session.request();
    to.session.goaway({ lastStreamId: 0, ...goaway });
    expect(await posted).toMatchObject({ reason, delivery: "unsent" });
    expect(events).toEqual([`draining ${reason}`, `closed ${reason}`]);
    await to.session.whenClosed();
  });
});

test("two GOAWAYs, 2³¹−1 and then the real id, are one graceful shutdown", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const drainings: string[] = [];
  to.connection.on("draining", (why) => drainings.push(why));
  const posted = [1, 2, 3].map((number) => to.connection.post(push(number)));
  const outcomes = outcomesOf(posted);
  await to.session.requests(3);
  to.session.goaway({ lastStreamId: 2 ** 31 - 1 });
  await to.session.roundTrip();
  expect(to.connection).toMatchObject({ state: "draining", inflight: 3 });
  expect(await outcomeOf(to.connection.post(push(4)))).toBe("Closed unsent");
  to.session.goaway({ lastStreamId: 3, debug: { reason: "Shutdown" } });
  await to.session.roundTrip();
  expect(to.connection).toMatchObject({ state: "draining", inflight: 2 });
  to.session.respond(1);
  to.session.respond(3);
  expect(await outcomes).toEqual([200, 200, "Closed unsent"]);
  expect(drainings).toEqual(["GOAWAY"]);
});

test("two GOAWAYs in one piece; the second without debug data does not hide the reason of the first", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const posted = failureOf<Closed>(to.connection.post(push()));
  await to.session.request();
  to.session.batch(() => {
    to.session.goaway({ lastStreamId: 0, debug: { reason: "BadCertificate" } });
    to.session.goaway({ lastStreamId: 0 });
  });
  expect(await posted).toMatchObject({ reason: "BadCertificate" });
  expect(to.connection.reason).toBe("BadCertificate");
});

test("a last id that rises again spares nobody twice", async () => {
  await using peer = await ScriptedPeer.listen({ tolerant: true });
  await using to = await connectTo(peer);
  const outcomes = outcomesOf([1, 2].map((number) => to.connection.post(push(number))));
  await to.session.requests(2);
  to.session.goaway({ lastStreamId: 1 });
  to.session.goaway({ lastStreamId: 3 });
  await to.session.roundTrip();
  to.session.respond(1);
  expect(await outcomes).toEqual([200, "Closed unsent"]);
});

test("GOAWAY before SETTINGS: opening fails with its reason", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: false,
    onSession: (session) => session.goaway({ debug: { reason: "BadCertificate" } }),
  });
  expect(await failureOf(connectTo(peer))).toMatchObject({
    name: "ConnectFailed",
    code: "ERR_APNS_CONNECT",
    failure: "http2",
    reason: "BadCertificate",
    delivery: "unsent",
  });
});

test("GOAWAY read before the connection has taken over its socket: the socket is closed all the same", async () => {
  await using peer = await ScriptedPeer.listen({ tls: false });
  const socket = connect(peer.port, "127.0.0.1");
  const { transport } = bareConnection("https://127.0.0.1");
  const debug = Buffer.from('{"reason":"BadCertificate"}');
  transport.receive(
    Buffer.concat([Buffer.from([0, 0, 8 + debug.length, 7, 0, 0, 0, 0, 0]), Buffer.alloc(8), debug]),
  );
  expect(await failureOf(transport.start(socket as never))).toMatchObject({ reason: "BadCertificate" });
  await once(socket, "close");
});

test("GOAWAY right behind SETTINGS: what is opened is closed already and says why", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: false,
    onSession: (session) =>
      session.batch(() => {
        session.sendSettings({ maxConcurrentStreams: 1 });
        session.goaway({ debug: { reason: "Shutdown" } });
      }),
  });
  await using to = await connectTo(peer);
  expect(to.connection).toMatchObject({ state: "closed", reason: "Shutdown" });
  expect(await outcomeOf(to.connection.post(push()))).toBe("Closed unsent");
});

test("GOAWAY, then nothing: the requests that it spared end with their time limits, and with the last the connection", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock });
  const outcomes = outcomesOf([
    to.connection.post(push(1, { timeout: 2_000 })),
    to.connection.post(push(2, { timeout: 3_000 })),
  ]);
  await to.session.requests(2);
  to.session.goaway({ lastStreamId: 3 });
  await to.session.roundTrip();
  expect(to.connection).toMatchObject({ state: "draining", inflight: 2 });
  await clock.advanceAsync(3_010);
  expect(await outcomes).toEqual(["Timeout unknown", "Timeout unknown"]);
  expect(to.connection.state).toBe("closed");
  await to.session.whenClosed();
});

test("GOAWAY on an idle connection closes it", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const closed = new Promise<string>((resolve) => to.connection.once("closed", resolve));
  to.session.goaway({ debug: { reason: "IdleTimeout" } });
  expect(await closed).toBe("IdleTimeout");
});

test("a connection closed by its user says goodbye with GOAWAY", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  await to.connection.close();
  expect(await to.session.nextFrame("GOAWAY")).toMatchObject({ lastStreamId: 0 });
});
