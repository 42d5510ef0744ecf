import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";
import { connectTo, outcomesOf, push } from "./support/index.ts";

failOnLeaks();

test("a transport that retires gives back at once what it has not written, and the rest finishes", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const written = outcomesOf([to.connection.post(push(1))]);
  const request = await to.session.request();
  const unwritten = outcomesOf([2, 3].map((number) => to.connection.post(push(number))));
  const stopped = to.transport.retire("Shutdown", Number.POSITIVE_INFINITY);
  expect(to.connection).toMatchObject({ state: "draining", reason: "Shutdown", inflight: 1 });
  expect(await unwritten).toEqual(["Closed unsent", "Closed unsent"]);
  await to.session.roundTrip();
  expect(to.session.received).toHaveLength(1);
  request.respond();
  expect(await written).toEqual([200]);
  await stopped;
});

test("a transport that retires with nothing written closes at once", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const outcomes = outcomesOf([1, 2].map((number) => to.connection.post(push(number))));
  await to.transport.retire("close", 60_000);
  expect(to.connection.state).toBe("closed");
  expect(await outcomes).toEqual(["Closed unsent", "Closed unsent"]);
  expect(to.session.received).toEqual([]);
});

test("a transport that retires without patience does not know what became of written requests", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const written = outcomesOf([to.connection.post(push(1))]);
  await to.session.request();
  const unwritten = outcomesOf([to.connection.post(push(2))]);
  await to.transport.retire("close", 0);
  expect([await written, await unwritten]).toEqual([["Closed unknown"], ["Closed unsent"]]);
});

test("a connection that its user closes with patience still sends what was posted before", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const outcomes = outcomesOf([1, 2].map((number) => to.connection.post(push(number))));
  const closed = to.connection.close({ drain: 60_000 });
  for (const request of await to.session.requests(2)) request.respond();
  expect(await outcomes).toEqual([200, 200]);
  await closed;
});
