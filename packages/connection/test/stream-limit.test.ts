import { once } from "node:events";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";
import { connectTo, outcomeOf, outcomesOf, push } from "./support/index.ts";

failOnLeaks();

// That the limit is never exceeded is asserted by the peer itself: it keeps count.

test("1 → 1000 after the first answer, as with token authentication", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
  await using to = await connectTo(peer);
  expect(to.connection.capacity).toBe(1);
  const first = to.connection.post(push(1));
  expect(await outcomeOf(to.connection.post(push(2)))).toBe("Blocked unsent");
  const room = once(to.connection, "capacity");
  const request = await to.session.request();
  to.session.batch(() => {
    to.session.sendSettings({ maxConcurrentStreams: 1000 });
    request.respond();
  });
  await room;
  expect(await outcomeOf(first)).toBe(200);
  expect(to.connection.capacity).toBe(1000);
  const burst = Array.from({ length: 1001 }, (_, i) => to.connection.post(push(i)));
  const outcomes = outcomesOf(burst);
  for (const each of await to.session.requests(1000)) each.respond();
  expect((await outcomes).filter((outcome) => outcome === 200)).toHaveLength(1000);
  expect((await outcomes).at(-1)).toBe("Blocked unsent");
  expect(to.session.maxOpenStreams).toBe(1000);
});

test("1000 → 1 in the middle of a burst: nothing new until all but one are done", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const outcomes = outcomesOf([1, 2, 3].map((number) => to.connection.post(push(number))));
  const requests = await to.session.requests(3);
  to.session.sendSettings({ maxConcurrentStreams: 1 });
  await to.session.roundTrip();
  expect(to.connection).toMatchObject({ inflight: 3, capacity: 0 });
  expect(await outcomeOf(to.connection.post(push(4)))).toBe("Blocked unsent");
  let told = 0;
  to.connection.on("capacity", () => told++);
  requests[0]!.respond();
  requests[1]!.respond();
  await to.session.roundTrip();
  expect([to.connection.capacity, told]).toEqual([0, 0]);
  requests[2]!.respond();
  expect(await outcomes).toEqual([200, 200, 200]);
  expect([to.connection.capacity, told]).toEqual([1, 1]);
});

test("0, later 100", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 0 } });
  await using to = await connectTo(peer);
  expect(to.connection.stats()).toMatchObject({ state: "active", capacity: 0, blocked: true });
  expect(await outcomeOf(to.connection.post(push(1)))).toBe("Blocked unsent");
  const room = once(to.connection, "capacity");
  to.session.sendSettings({ maxConcurrentStreams: 100 });
  await room;
  expect(to.connection.stats()).toMatchObject({ capacity: 100, blocked: false });
  const posted = to.connection.post(push(2));
  (await to.session.request()).respond();
  expect(await outcomeOf(posted)).toBe(200);
});

test("maxConcurrentStreams, where the server allows more", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer, { maxConcurrentStreams: 2 });
  expect(to.connection.capacity).toBe(2);
  const outcomes = outcomesOf([1, 2, 3].map((number) => to.connection.post(push(number))));
  for (const request of await to.session.requests(2)) request.respond();
  expect(await outcomes).toEqual([200, 200, "Blocked unsent"]);
});

test("a server that names no limit gets 1,000 at most", async () => {
  await using peer = await ScriptedPeer.listen({ settings: {} });
  await using to = await connectTo(peer);
  expect(to.connection.capacity).toBe(1000);
});

test("a request that is given up frees its slot at once, for the next one", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
  await using to = await connectTo(peer);
  const giveUp = new AbortController();
  const first = outcomeOf(to.connection.post(push(1), { signal: giveUp.signal }));
  await to.session.request();
  expect(await outcomeOf(to.connection.post(push(2)))).toBe("Blocked unsent");
  const room = once(to.connection, "capacity");
  giveUp.abort();
  await room;
  const second = to.connection.post(push(3));
  expect(await first).toBe("AbortError unknown");
  expect(await to.session.nextFrame("RST_STREAM")).toMatchObject({ streamId: 1, code: "CANCEL" });
  (await to.session.request()).respond();
  expect(await outcomeOf(second)).toBe(200);
});

test("capacity is told only to those who were turned away", async () => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  await using to = await connectTo(peer);
  let told = 0;
  to.connection.on("capacity", () => told++);
  for (const number of [1, 2, 3]) await to.connection.post(push(number));
  expect(told).toBe(0);
});
