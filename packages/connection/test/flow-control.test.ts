import { once } from "node:events";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { body, connectTo, failureOf, outcomeOf, outcomesOf, push } from "./support/index.ts";

failOnLeaks();

// That no window is ever exceeded is asserted by the peer itself: it keeps count.

const manual = { automatic: { windowUpdates: false } };

test.each([0, 100])(
  "initial window %i with a 4 KB body: the rest follows when the window opens",
  async (initialWindowSize) => {
    await using peer = await ScriptedPeer.listen({ ...manual, settings: { initialWindowSize } });
    await using to = await connectTo(peer);
    const posted = to.connection.post(body(4_096));
    const head = await to.session.requestHead();
    await to.session.roundTrip();
    expect(head.body).toHaveLength(initialWindowSize);
    expect(to.connection.stats()).toMatchObject({ buffered: 4_096 - initialWindowSize, inflight: 1 });
    to.session.windowUpdate(head.streamId, 1_000);
    await to.session.roundTrip();
    expect(head.body).toHaveLength(initialWindowSize + 1_000);
    to.session.windowUpdate(head.streamId, 10_000);
    (await to.session.request()).respond();
    expect(await outcomeOf(posted)).toBe(200);
    expect(head.body).toHaveLength(4_096);
    expect(to.connection.stats().buffered).toBe(0);
  },
);

test("SETTINGS that make a window negative: it must become positive again first", async () => {
  await using peer = await ScriptedPeer.listen({ ...manual, settings: { initialWindowSize: 1_000 } });
  await using to = await connectTo(peer);
  const posted = to.connection.post(body(2_000));
  const head = await to.session.requestHead();
  await to.session.roundTrip();
  to.session.sendSettings({ initialWindowSize: 0 });
  to.session.windowUpdate(head.streamId, 1_000);
  await to.session.roundTrip();
  expect(head.body).toHaveLength(1_000);
  to.session.windowUpdate(head.streamId, 1);
  await to.session.roundTrip();
  expect(head.body).toHaveLength(1_001);
  to.session.sendSettings({ initialWindowSize: 999 });
  (await to.session.request()).respond();
  expect(await outcomeOf(posted)).toBe(200);
});

test("a server that opens small windows only after SETTINGS is served all the same", async () => {
  await using peer = await ScriptedPeer.listen({ ...manual, settings: { initialWindowSize: 0 } });
  await using to = await connectTo(peer);
  const outcomes = outcomesOf([1, 2, 3].map((number) => to.connection.post(body(4_096, number))));
  for (let i = 0; i < 3; i++) await to.session.requestHead();
  to.session.sendSettings({ initialWindowSize: 65_535 });
  for (const request of await to.session.requests(3)) request.respond();
  expect(await outcomes).toEqual([200, 200, 200]);
});

describe("connection window used up by 4 KB bodies", () => {
  test("one body at most is cut by it; the next request is Blocked and told when the window opens", async () => {
    await using peer = await ScriptedPeer.listen(manual);
    await using to = await connectTo(peer);
    // 65,535 octets: 15 whole bodies and all but one octet of another.
    const posted = Array.from({ length: 16 }, (_, i) => to.connection.post(body(4_096, i)));
    const outcomes = outcomesOf(posted);
    await to.session.requests(15);
    expect(to.connection.stats()).toMatchObject({ inflight: 16, buffered: 1, capacity: 0, blocked: true });
    const blocked = await failureOf(to.connection.post(push(16)));
    expect(blocked).toMatchObject({ name: "Blocked", code: "ERR_APNS_BLOCKED", delivery: "unsent" });
    expect(blocked.message).toContain("window");

    const room = once(to.connection, "capacity");
    to.session.windowUpdate(0, 5_000);
    await room;
    const request = to.connection.post(push(17));
    for (const { streamId } of to.session.received) to.session.respond(streamId);
    (await to.session.requests(2))[1]!.respond();
    expect(await outcomeOf(request)).toBe(200);
    expect(new Set(await outcomes)).toEqual(new Set([200]));
  });

  test("a body does not begin where another one waits and it would not fit", async () => {
    await using peer = await ScriptedPeer.listen({ ...manual, settings: { initialWindowSize: 0 } });
    await using to = await connectTo(peer);
    const first = outcomeOf(to.connection.post(body(65_000, 1)));
    expect(await outcomeOf(to.connection.post(body(600, 2)))).toBe("Blocked unsent");
    const second = outcomeOf(to.connection.post(body(500, 3)));
    await to.session.requestHead();
    to.session.sendSettings({ initialWindowSize: 65_535 });
    for (const request of await to.session.requests(2)) request.respond();
    expect(await Promise.all([first, second])).toEqual([200, 200]);
  });

  test("a body larger than the whole window goes out in parts", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const posted = to.connection.post(body(300_000));
    const request = await to.session.request();
    expect(request.body).toHaveLength(300_000);
    request.respond();
    expect(await outcomeOf(posted)).toBe(200);
  });
});

test("window updates that overflow: on a stream its request ends, on the connection everything", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const outcomes = outcomesOf([1, 2].map((number) => to.connection.post(push(number))));
  await to.session.requests(2);
  to.session.windowUpdate(1, 2 ** 31 - 1);
  await to.session.roundTrip();
  expect(await to.session.nextFrame("RST_STREAM")).toMatchObject({ streamId: 1, code: "FLOW_CONTROL_ERROR" });
  expect(to.connection).toMatchObject({ state: "active", inflight: 1 });
  to.session.windowUpdate(0, 2 ** 31 - 1);
  expect(await outcomes).toEqual(["FormatError unknown", "Closed unknown"]);
  expect(await to.session.nextFrame("GOAWAY")).toMatchObject({ code: "FLOW_CONTROL_ERROR" });
});

test("a body that waits for window leaves no trace when its request is given up", async () => {
  await using peer = await ScriptedPeer.listen({ ...manual, settings: { initialWindowSize: 0 } });
  await using to = await connectTo(peer);
  const giveUp = new AbortController();
  const posted = outcomeOf(to.connection.post(body(4_096), { signal: giveUp.signal }));
  await to.session.requestHead();
  expect(to.connection.stats().buffered).toBe(4_096);
  giveUp.abort();
  expect(await posted).toBe("AbortError unknown");
  expect(to.connection.stats()).toMatchObject({ buffered: 0, inflight: 0 });
});
