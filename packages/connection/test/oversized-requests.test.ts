import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";
import { Request } from "../src/index.ts";
import { connectTo, outcomesOf, push } from "./support/index.ts";

// A request that no server would take must not cost its neighbours the connection.
failOnLeaks();

const headersOf = (octets: number) => {
  const entries = Array.from({ length: Math.ceil(octets / 4_000) }, (_, i) => [`x-${i}`, "y".repeat(4_000)]);
  return Object.fromEntries(entries) as Record<string, string>;
};

test("a header list over this end's limit: refused unsent, and 100 neighbours are answered", async () => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  await using to = await connectTo(peer);
  const before = Array.from({ length: 50 }, (_, i) => to.connection.post(push(i)));
  const refused = to.connection.post(Request.of("/3/device/1", headersOf(70_000)));
  await expect(refused).rejects.toMatchObject({
    name: "InvalidRequest",
    field: "headers",
    delivery: "unsent",
  });
  await expect(refused).rejects.toThrow(/the header list has 7\d{4} octets, allowed are 8192/);
  const after = Array.from({ length: 50 }, (_, i) => to.connection.post(push(i)));
  expect(new Set(await outcomesOf([...before, ...after]))).toEqual(new Set([200]));
  expect([to.connection.state, peer.received.length]).toEqual(["active", 100]);
});

test("a header list over the server's SETTINGS_MAX_HEADER_LIST_SIZE: refused before a stream is opened", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: { maxConcurrentStreams: 10, maxHeaderListSize: 500 },
    respond: () => ({}),
  });
  await using to = await connectTo(peer);
  const large = push().with({ "x-large": "y".repeat(600) });
  await expect(to.connection.post(large)).rejects.toMatchObject({
    name: "InvalidRequest",
    delivery: "unsent",
  });
  expect(await outcomesOf([to.connection.post(push(1))])).toEqual([200]);
  expect(peer.received.map(({ streamId }) => streamId)).toEqual([1]);
});
