import { once } from "node:events";
import { ManualClock, ScriptedPeer, settle } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { Connection } from "../src/index.ts";
import { body, connectTo, failureOf, outcomeOf, outcomesOf, push } from "./support/index.ts";

failOnLeaks();

describe("close() in every state", () => {
  test("idle", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const closed = once(to.connection, "closed");
    await to.connection.close();
    expect(to.connection).toMatchObject({ state: "closed", reason: "close", inflight: 0, capacity: 0 });
    expect(await closed).toEqual(["close"]);
    await to.session.whenClosed();
  });

  test("in flight, without drain: everything settles at once, as unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const outcomes = outcomesOf([1, 2].map((number) => to.connection.post(push(number))));
    await to.session.requests(2);
    await to.connection.close();
    expect(await outcomes).toEqual(["Closed unknown", "Closed unknown"]);
  });

  test("draining after a GOAWAY", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const outcome = outcomeOf(to.connection.post(push()));
    await to.session.request();
    to.session.goaway({ lastStreamId: 1, debug: { reason: "Shutdown" } });
    await to.session.roundTrip();
    await to.connection.close();
    expect(await outcome).toBe("Closed unknown");
    expect(to.connection.reason).toBe("Shutdown");
  });

  test("closed already, by the other end", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const closed = once(to.connection, "closed");
    to.session.destroy();
    await closed;
    await to.connection.close();
    await to.connection.close({ drain: 1_000 });
  });
});

test("twice, and side by side: one goodbye, all resolve", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  let events = 0;
  to.connection.on("closed", () => events++);
  await Promise.all([to.connection.close(), to.connection.close()]);
  await to.connection.close();
  await to.session.whenClosed();
  expect(events).toBe(1);
  expect(to.session.frames.filter((frame) => frame.type === "GOAWAY")).toHaveLength(1);
});

describe("with drain", () => {
  test("what is in flight finishes, nothing new is taken, then it closes", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using to = await connectTo(peer, { clock });
    const drainings: string[] = [];
    to.connection.on("draining", (reason) => drainings.push(reason));
    const outcomes = outcomesOf([1, 2].map((number) => to.connection.post(push(number))));
    await to.session.requests(2);
    const closed = to.connection.close({ drain: 5_000 });
    expect(to.connection.state).toBe("draining");
    expect(await failureOf(to.connection.post(push(3)))).toMatchObject({ name: "Closed", reason: "close" });
    to.session.respond(1);
    to.session.respond(3);
    await closed;
    expect(await outcomes).toEqual([200, 200]);
    expect(drainings).toEqual(["close"]);
    expect(clock.delays).toEqual([]);
  });

  test("bodies that wait for window are still sent", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { initialWindowSize: 0 } });
    await using to = await connectTo(peer);
    const outcome = outcomeOf(to.connection.post(body(100)));
    const { streamId } = await to.session.requestHead();
    const closed = to.connection.close({ drain: Infinity });
    to.session.windowUpdate(streamId, 100);
    (await to.session.request()).respond();
    await closed;
    expect(await outcome).toBe(200);
  });

  test("when the time is up, the rest fails as unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using to = await connectTo(peer, { clock });
    const outcomes = outcomesOf([1, 2].map((number) => to.connection.post(push(number))));
    await to.session.requests(2);
    const closed = to.connection.close({ drain: 5_000 });
    to.session.respond(1);
    await clock.advanceAsync(4_999);
    expect(to.connection.state).toBe("draining");
    await clock.advanceAsync(1);
    await closed;
    expect(await outcomes).toEqual([200, "Closed unknown"]);
  });

  test("Infinity sets no limit; a second call with less patience does", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using to = await connectTo(peer, { clock, pingInterval: Infinity });
    const outcome = outcomeOf(to.connection.post(push()));
    await to.session.request();
    const first = to.connection.close({ drain: Infinity });
    expect(clock.delays).toEqual([]);
    const second = to.connection.close({ drain: 2_000 });
    expect(clock.delays).toEqual([2_000]);
    await to.connection.close();
    await Promise.all([first, second]);
    expect(await outcome).toBe("Closed unknown");
    expect(clock.delays).toEqual([]);
  });

  test("nothing is in flight: it closes at once", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using to = await connectTo(peer, { clock });
    await to.connection.close({ drain: 5_000 });
    expect(clock.delays).toEqual([]);
  });

  test.each([[-1], [Number.NaN], ["1"]])("drain: %o is refused", async (drain) => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    expect(() => to.connection.close({ drain: drain as number })).toThrow(/drain must be milliseconds/);
    expect(to.connection.state).toBe("active");
  });
});

test("a server that reads nothing more delays closing by a second at most", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock });
  to.session.windowUpdate(0, 2 ** 30);
  await to.session.roundTrip();
  to.session.stopReading();
  const outcomes: Promise<unknown>[] = [];
  do {
    for (let i = 0; i < 50; i++) outcomes.push(outcomeOf(to.connection.post(body(65_000, i))));
    await settle(50);
  } while (to.connection.stats().pending === 0);
  let done = false;
  const closed = to.connection.close().then(() => {
    done = true;
  });
  await settle(20);
  expect([done, clock.delays]).toEqual([false, [1_000]]);
  await clock.advanceAsync(1_000);
  await closed;
  await Promise.all(outcomes);
});

test("await using with a throw inside: it is closed, in-flight requests settle, the throw gets through", async () => {
  await using peer = await ScriptedPeer.listen();
  let used: Connection | undefined;
  let outcome: Promise<unknown> | undefined;
  const block = async (): Promise<void> => {
    await using connection = await Connection.open(peer.origin, { tls: { ca: peer.ca } });
    used = connection;
    outcome = outcomeOf(connection.post(push()));
    await peer.request();
    throw new Error("inside");
  };
  await expect(block()).rejects.toThrow("inside");
  expect(used?.state).toBe("closed");
  expect(await outcome).toBe("Closed unknown");
});

test("closed from within an event, while bytes are being read", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const outcomes = outcomesOf([1, 2, 3].map((number) => to.connection.post(push(number))));
  to.connection.once("draining", () => void to.connection.close());
  await to.session.requests(3);
  to.session.batch(() => {
    to.session.goaway({ lastStreamId: 3 });
    to.session.respond(1);
  });
  expect(await outcomes).toEqual([200, "Closed unknown", "Closed unsent"]);
  await to.connection.close();
});
