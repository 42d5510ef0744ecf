import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";
import type { StreamReset } from "../src/index.ts";
import { connectTo, failureOf, outcomeOf, outcomesOf, push } from "./support/index.ts";

failOnLeaks();

test.each([
  ["REFUSED_STREAM", 7, "unsent"],
  ["CANCEL", 8, "unknown"],
  ["INTERNAL_ERROR", 2, "unknown"],
  ["ENHANCE_YOUR_CALM", 11, "unknown"],
  ["NO_ERROR", 0, "unknown"],
] as const)(
  "%s without an answer: the request fails, the connection lives on",
  async (name, errorCode, delivery) => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const failure = failureOf<StreamReset>(to.connection.post(push(1)));
    (await to.session.request()).reset(name);
    expect(await failure).toMatchObject({ name: "StreamReset", errorCode, delivery });
    expect((await failure).message).toContain(name);
    const next = to.connection.post(push(2));
    (await to.session.request()).respond();
    expect(await outcomeOf(next)).toBe(200);
  },
);

test("a code that no RFC lists is named by its number", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const failure = failureOf<StreamReset>(to.connection.post(push()));
  const { streamId } = await to.session.request();
  to.session.frame("RST_STREAM", 0, streamId, Buffer.from([0xde, 0xad, 0xbe, 0xef]));
  expect(await failure).toMatchObject({ errorCode: 0xdeadbeef, delivery: "unknown" });
  expect((await failure).message).toContain("0xdeadbeef");
});

test("REFUSED_STREAM as the answer to the second attempt, and 50 times in a row", async () => {
  await using peer = await ScriptedPeer.listen({ respond: (request) => request.reset("REFUSED_STREAM") });
  await using to = await connectTo(peer);
  for (let attempt = 0; attempt < 50; attempt++) {
    expect(await outcomeOf(to.connection.post(push()))).toBe("StreamReset unsent");
  }
  expect(to.connection).toMatchObject({ state: "active", inflight: 0, capacity: 1000 });
});

test("NO_ERROR after a complete answer is normal", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const posted = to.connection.post(push(1));
  const request = await to.session.request();
  to.session.batch(() => {
    request.respond({ status: 410, body: { reason: "Unregistered" } });
    request.reset("NO_ERROR");
  });
  expect((await posted).reason).toBe("Unregistered");
  await to.session.roundTrip();
  expect(to.connection.state).toBe("active");
});

test("a reset of a stream already closed is ignored", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const posted = to.connection.post(push(1));
  (await to.session.request()).respond();
  await posted;
  to.session.reset(1, "INTERNAL_ERROR");
  await to.session.roundTrip();
  expect(to.connection.state).toBe("active");
});

test("REFUSED_STREAM, then STREAM_CLOSED: unsent, once", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const outcomes = outcomesOf([1, 2].map((number) => to.connection.post(push(number))));
  const requests = await to.session.requests(2);
  to.session.batch(() => {
    to.session.sendSettings({ maxConcurrentStreams: 1 });
    for (const { streamId } of requests) to.session.reset(streamId, "REFUSED_STREAM");
    for (const { streamId } of requests) to.session.reset(streamId, "STREAM_CLOSED");
  });
  expect(await outcomes).toEqual(["StreamReset unsent", "StreamReset unsent"]);
  await to.session.roundTrip();
  expect(to.connection).toMatchObject({ state: "active", capacity: 1 });
});

test("a reset of a stream that was never opened ends the connection", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const posted = outcomeOf(to.connection.post(push(1)));
  await to.session.request();
  to.session.reset(99, "CANCEL");
  expect(await posted).toBe("Closed unknown");
  expect(await to.session.nextFrame("GOAWAY")).toMatchObject({ code: "PROTOCOL_ERROR" });
});
