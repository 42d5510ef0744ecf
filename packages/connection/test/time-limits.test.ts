import { getEventListeners } from "node:events";
import { ManualClock, ScriptedPeer, settle } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { Request, type Timeout } from "../src/index.ts";
import { connectTo, failureOf, outcomeOf, outcomesOf, push } from "./support/index.ts";

failOnLeaks();

/** What a deadline may be late by (8 ms), rounded up. */
const LATE = 8;

describe("a time limit that has already passed: nothing is sent", () => {
  test.each([
    ["timeout", { timeout: 0 }, {}],
    ["deadline", { deadline: Date.UTC(2026, 0, 1) }, {}],
    ["deadline", { deadline: new Date(Date.UTC(2025, 11, 31)) }, {}],
    ["expiration", {}, { "apns-expiration": "1767225599" }],
  ])("%s %o", async (deadlineSource, options, headers) => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer, { clock: new ManualClock() });
    const request = Request.of("/3/device/1", headers, "{}", options);
    expect(await failureOf<Timeout>(to.connection.post(request))).toMatchObject({
      name: "Timeout",
      code: "ERR_APNS_TIMEOUT",
      delivery: "unsent",
      deadlineSource,
    });
    expect(to.connection.inflight).toBe(0);
  });
});

describe("in flight the earliest limit counts", () => {
  const epoch = Date.UTC(2026, 0, 1);
  test.each([
    ["timeout", 2_000, { timeout: 2_000, deadline: epoch + 3_000 }, epoch / 1000 + 4],
    ["deadline", 3_000, { timeout: 5_000, deadline: epoch + 3_000 }, epoch / 1000 + 4],
    ["expiration", 4_000, { timeout: 5_000, deadline: epoch + 6_000 }, epoch / 1000 + 4],
    ["expiration", 4_000, { timeout: Infinity }, epoch / 1000 + 4],
    ["timeout", 10_000, {}, 0],
  ])("%s after %i ms", async (deadlineSource, after, options, expiration) => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock({ epoch });
    await using to = await connectTo(peer, { clock });
    const request = Request.of("/3/device/1", { "apns-expiration": String(expiration) }, "{}", options);
    const failure = failureOf<Timeout>(to.connection.post(request));
    await to.session.request();
    await clock.advanceAsync(after - 1);
    expect(to.connection.inflight).toBe(1);
    await clock.advanceAsync(1 + LATE);
    expect(await failure).toMatchObject({ deadlineSource, delivery: "unknown" });
    expect((await failure).message).toBe(`the request's ${deadlineSource} has passed`);
    expect(await to.session.nextFrame("RST_STREAM")).toMatchObject({ streamId: 1, code: "CANCEL" });
  });
});

test("timeout: Infinity keeps no timer", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock, pingInterval: Infinity });
  const posted = outcomeOf(to.connection.post(push()));
  const request = await to.session.request();
  expect(clock.delays).toEqual([]);
  request.respond();
  expect(await posted).toBe(200);
});

test("a request that times out frees its slot: the next one takes it", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock });
  const first = outcomeOf(to.connection.post(push(1, { timeout: 1_000 })));
  await to.session.request();
  await clock.advanceAsync(1_000 + LATE);
  expect(await first).toBe("Timeout unknown");
  // The server has been asked whether it is still there; until it answers nothing more is risked.
  await to.session.roundTrip();
  const second = outcomeOf(to.connection.post(push(2)));
  (await to.session.request()).respond();
  expect(await second).toBe(200);
});

test("an answer that comes after the time-out is ignored", async () => {
  await using peer = await ScriptedPeer.listen({ tolerant: true });
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock });
  const first = outcomeOf(to.connection.post(push(1, { timeout: 1_000 })));
  await to.session.request();
  clock.advance(1_000 + LATE);
  to.session.respond(1, { body: "late" });
  expect(await first).toBe("Timeout unknown");
  await to.session.roundTrip();
  expect(to.connection).toMatchObject({ state: "active", inflight: 0 });
});

test("an answer keeps no deadline behind", async () => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock, pingInterval: Infinity });
  for (let i = 0; i < 100; i++) await to.connection.post(push(i, { timeout: 1_000 }));
  expect(clock.refed).toBe(0);
});

test("the wall clock may jump: what runs by the monotonic clock is not moved", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock });
  const posted = outcomeOf(to.connection.post(push(1, { timeout: 5_000 })));
  const request = await to.session.request();
  clock.jumpEpoch(3_600_000);
  await clock.advanceAsync(4_000);
  request.respond();
  expect(await posted).toBe(200);
});

test("20,000 time-outs at the same moment (100,000 in the tests of Deadlines): in batches, each from a timer of its own", async () => {
  const count = 20_000;
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: count } });
  const clock = new ManualClock();
  const batches: number[] = [];
  const { setTimer } = clock;
  clock.setTimer = (callback, delay) => {
    const measured = (): void => {
      const before = to.connection.inflight;
      callback();
      if (before > to.connection.inflight) batches.push(before - to.connection.inflight);
    };
    return Reflect.apply(setTimer, clock, [measured, delay]);
  };
  await using to = await connectTo(peer, { clock, maxConcurrentStreams: count });
  // It is the client that is looked at: the peer need not read all that.
  to.session.stopReading();
  let settled = 0;
  const request = Request.of("/3/device/1", {}, "", { timeout: 5_000 });
  for (let i = 0; i < count; i++) {
    to.connection.post(request).catch(() => settled++);
  }
  expect(to.connection.inflight).toBe(count);
  clock.advance(4_999);
  expect(to.connection.inflight).toBe(count);
  clock.advance(1 + LATE);
  expect(to.connection.inflight).toBe(0);
  expect(batches).toHaveLength(10);
  expect(new Set(batches)).toEqual(new Set([2_000]));
  await settle();
  expect(settled).toBe(count);
  to.session.destroy();
});

test("a connection that is closed while many expire together settles each of them once", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock, maxConcurrentStreams: 3 });
  const outcomes = outcomesOf(
    [1, 2, 3].map((number) => to.connection.post(push(number, { timeout: 1_000 }))),
  );
  await to.session.requests(3);
  expect(await outcomeOf(to.connection.post(push(4)))).toBe("Blocked unsent");
  to.connection.once("capacity", () => void to.connection.close());
  clock.advance(1_000 + LATE);
  const settled = (await outcomes).sort();
  expect(settled).toEqual(["Closed unknown", "Closed unknown", "Timeout unknown"]);
  await to.connection.close();
});

describe("cancelling", () => {
  test("before it is posted", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const failure = await failureOf(to.connection.post(push(), { signal: AbortSignal.abort("why") }));
    expect(failure).toMatchObject({ name: "AbortError", code: "ERR_APNS_ABORTED", delivery: "unsent" });
    expect(failure.cause).toBe("why");
    expect(to.connection.inflight).toBe(0);
  });

  test("in flight: the stream is reset", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const giveUp = new AbortController();
    const failure = failureOf(to.connection.post(push(), { signal: giveUp.signal }));
    await to.session.request();
    giveUp.abort();
    expect((await failure).cause).toMatchObject({ name: "AbortError" });
    expect(to.connection.inflight).toBe(0);
    expect(await to.session.nextFrame("RST_STREAM")).toMatchObject({ streamId: 1, code: "CANCEL" });
  });

  test("one signal for many requests gets one listener, and gives it back", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const giveUp = new AbortController();
    const listeners = countListeners(giveUp.signal);
    const posted = [1, 2, 3].map((number) => to.connection.post(push(number), { signal: giveUp.signal }));
    const outcomes = outcomesOf(posted);
    expect(listeners()).toBe(1);
    for (const request of await to.session.requests(3)) request.respond();
    expect(await outcomes).toEqual([200, 200, 200]);
    expect(listeners()).toBe(0);
    giveUp.abort();
    const late = [4, 5].map((number) => to.connection.post(push(number)));
    for (const request of await to.session.requests(2)) request.respond();
    expect(await outcomesOf(late)).toEqual([200, 200]);
  });

  test("one signal ends all that wait for it, and only those", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const giveUp = new AbortController();
    const outcomes = outcomesOf([
      to.connection.post(push(1), { signal: giveUp.signal }),
      to.connection.post(push(2)),
      to.connection.post(push(3), { signal: giveUp.signal }),
    ]);
    await to.session.requests(3);
    giveUp.abort();
    to.session.respond(3);
    expect(await outcomes).toEqual(["AbortError unknown", 200, "AbortError unknown"]);
  });

  test("after the answer it has no effect, even when both come in the same turn", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer, { maxConcurrentStreams: 1 });
    const giveUp = new AbortController();
    const posted = outcomeOf(to.connection.post(push(1), { signal: giveUp.signal }));
    expect(await outcomeOf(to.connection.post(push(2)))).toBe("Blocked unsent");
    // Emitted while the answer is being read.
    to.connection.once("capacity", () => giveUp.abort());
    (await to.session.request()).respond();
    expect(await posted).toBe(200);
    await to.session.roundTrip();
    expect(to.session.frames.filter((frame) => frame.type === "RST_STREAM")).toEqual([]);
  });

  test("a signal fired from within the event of another request's answer does not settle anything twice", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const giveUp = new AbortController();
    const outcomes = outcomesOf(
      [1, 2].map((number) => to.connection.post(push(number), { signal: giveUp.signal })),
    );
    to.connection.once("draining", () => giveUp.abort());
    await to.session.requests(2);
    to.session.batch(() => {
      to.session.goaway({ lastStreamId: 3 });
      to.session.respond(1);
    });
    expect(await outcomes).toEqual([200, "AbortError unknown"]);
  });

  test.each([[{}], [5], ["x"], [null]])(
    "a signal that is none (%o) is refused before anything is sent",
    async (signal) => {
      await using peer = await ScriptedPeer.listen();
      await using to = await connectTo(peer);
      expect(await failureOf(to.connection.post(push(), { signal: signal as never }))).toMatchObject({
        name: "InvalidOption",
        option: "signal",
      });
      expect(to.connection.inflight).toBe(0);
    },
  );
});

/** How many listeners the signal has now. */
function countListeners(signal: AbortSignal): () => number {
  return () => getEventListeners(signal, "abort").length;
}
