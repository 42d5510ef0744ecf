import { once } from "node:events";
import { ManualClock, ScriptedPeer, settle } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";
import { MOST_PENDING } from "../src/admission.ts";
import { body, connectTo, outcomeOf } from "./support/index.ts";

// A server with windows of 2³¹ − 1 that reads slowly: flow control says yes, the socket says no.
failOnLeaks();

const wide = { maxConcurrentStreams: 10_000, initialWindowSize: 2 ** 31 - 1 };
const limits = { maxConcurrentStreams: 10_000 };

async function stalled(peer: ScriptedPeer, clock = new ManualClock()) {
  const to = await connectTo(peer, { ...limits, clock });
  to.session.windowUpdate(0, 2 ** 30);
  await to.session.roundTrip();
  to.session.stopReading();
  return to;
}

/** Posts until the connection turns a request away; gives the event loop turns, in which the socket takes what it can. */
async function fill(to: Awaited<ReturnType<typeof stalled>>, options = {}): Promise<Promise<unknown>[]> {
  const outcomes: Promise<unknown>[] = [];
  for (let full = 0; full < 20; full = to.connection.capacity > 0 ? 0 : full + 1) {
    for (let i = 0; i < 50 && to.connection.capacity > 0; i++) {
      outcomes.push(outcomeOf(to.connection.post(body(4_096, i, options))));
    }
    await settle(20);
  }
  return outcomes;
}

test("bytes that wait for the socket count against room: a bounded amount waits", async () => {
  await using peer = await ScriptedPeer.listen({ settings: wide });
  await using to = await stalled(peer);
  const outcomes = await fill(to);
  expect(to.connection.stats().pending).toBeGreaterThanOrEqual(MOST_PENDING);
  expect(to.connection.stats().pending).toBeLessThan(MOST_PENDING + 5_000);
  expect(to.connection.stats()).toMatchObject({ capacity: 0, blocked: true });
  await expect(to.connection.post(body(1))).rejects.toThrow(/the server reads too slowly: \d+ bytes wait/);
  to.session.destroy();
  await Promise.all(outcomes);
});

test("a thousand requests with the largest payload and large headers find room in one turn", async () => {
  await using peer = await ScriptedPeer.listen({ settings: wide });
  await using to = await stalled(peer);
  const largest = body(5_120).with({
    authorization: `bearer ${"x".repeat(1_500)}`,
    "apns-collapse-id": "c".repeat(64),
  });
  const outcomes = Array.from({ length: 1_000 }, () => outcomeOf(to.connection.post(largest)));
  expect(to.connection.inflight).toBe(1_000);
  to.session.destroy();
  await Promise.all(outcomes);
});

test("requests that time out make no room for more bytes", async () => {
  await using peer = await ScriptedPeer.listen({ settings: wide });
  const clock = new ManualClock();
  await using to = await stalled(peer, clock);
  const outcomes: Promise<unknown>[] = [];
  for (let round = 0; round < 5; round++) {
    outcomes.push(...(await fill(to, { timeout: 60 })));
    await clock.advanceAsync(100);
    expect(to.connection.inflight).toBe(0);
    // The frames that reset the streams come on top: 13 bytes for each request.
    expect(to.connection.stats().pending).toBeLessThan(MOST_PENDING + 13 * outcomes.length + 5_000);
  }
  to.session.destroy();
  await Promise.all(outcomes);
});

test("capacity is emitted when the server reads again", async () => {
  await using peer = await ScriptedPeer.listen({ settings: wide });
  await using to = await stalled(peer);
  const outcomes = await fill(to);
  const room = once(to.connection, "capacity");
  to.session.resumeReading();
  await room;
  expect(to.connection.capacity).toBeGreaterThan(0);
  to.session.destroy();
  await Promise.all(outcomes);
});
