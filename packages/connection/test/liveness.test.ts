import { once } from "node:events";
import { ManualClock, ScriptedPeer, settle, TcpProxy } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { body, connectTo, outcomeOf, push } from "./support/index.ts";

failOnLeaks();

function pings(frames: readonly { type: string }[]): number {
  return frames.filter((frame) => frame.type === "PING" && !(frame as { ack?: boolean }).ack).length;
}

test("PING after pingInterval of silence, again and again; the answers keep it alive", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock, pingInterval: 20_000 });
  for (let round = 1; round <= 5; round++) {
    await clock.advanceAsync(20_000);
    await to.session.nextFrame("PING", (frame) => !frame.ack);
    await to.session.roundTrip();
    expect(pings(to.session.frames)).toBe(round);
    // From the answer on.
    await clock.advanceAsync(0);
  }
  expect(to.connection.state).toBe("active");
});

test("any bytes are a sign of life: a busy connection is not asked", async () => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock, pingInterval: 20_000 });
  for (let i = 0; i < 10; i++) {
    await clock.advanceAsync(15_000);
    await to.connection.post(push(i));
  }
  expect(pings(to.session.frames)).toBe(0);
});

test("pingInterval: Infinity never asks by itself", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock, pingInterval: Infinity });
  await clock.advanceAsync(1e9);
  expect(clock.delays).toEqual([]);
  await to.session.roundTrip();
  expect(pings(to.session.frames)).toBe(0);
  to.transport.probe();
  await to.session.nextFrame("PING", (frame) => !frame.ack);
  await to.session.roundTrip();
  await clock.advanceAsync(1e9);
  expect(to.connection.state).toBe("active");
});

describe("an idle connection whose server has gone silent", () => {
  test("is found out and closed", async () => {
    await using peer = await ScriptedPeer.listen({ automatic: { pingAck: false } });
    const clock = new ManualClock();
    await using to = await connectTo(peer, { clock, pingInterval: 20_000, pingTimeout: 3_000 });
    const closed = once(to.connection, "closed");
    await clock.advanceAsync(20_000);
    await to.session.nextFrame("PING", (frame) => !frame.ack);
    await clock.advanceAsync(3_001);
    expect(await closed).toEqual(["the server does not answer any more"]);
    await to.session.whenClosed();
  });

  test("takes no request while it is being asked", async () => {
    await using peer = await ScriptedPeer.listen({ automatic: { pingAck: false } });
    const clock = new ManualClock();
    await using to = await connectTo(peer, { clock, pingInterval: 20_000 });
    await clock.advanceAsync(20_000);
    const { opaque } = await to.session.nextFrame("PING", (frame) => !frame.ack);
    expect(await outcomeOf(to.connection.post(push()))).toBe("Blocked unsent");
    expect(to.connection.stats()).toMatchObject({ capacity: 0, blocked: true });
    const room = once(to.connection, "capacity");
    to.session.acknowledgePing(opaque);
    await room;
    const posted = outcomeOf(to.connection.post(push()));
    (await to.session.request()).respond();
    expect(await posted).toBe(200);
  });
});

describe("after the process was suspended (the clock jumps before any timer has fired)", () => {
  /** A clock that moves without firing anything, as a suspended process sees it. */
  class SuspendableClock extends ManualClock {
    #slept = 0;
    suspend(ms: number): void {
      this.#slept += ms;
    }
    override now(): number {
      return super.now() + this.#slept;
    }
  }

  test("the first request is not risked: Blocked, a PING, then capacity", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new SuspendableClock();
    await using to = await connectTo(peer, { clock, pingInterval: 20_000 });
    await to.session.roundTrip();
    clock.suspend(3_600_000);
    const room = once(to.connection, "capacity");
    expect(await outcomeOf(to.connection.post(push()))).toBe("Blocked unsent");
    expect(await outcomeOf(to.connection.post(push()))).toBe("Blocked unsent");
    await room;
    expect(pings(to.session.frames)).toBe(1);
    const posted = outcomeOf(to.connection.post(push(7)));
    (await to.session.request()).respond();
    expect(await posted).toBe(200);
  });

  test("over a dead network it is closed, and the request was never sent", async () => {
    await using peer = await ScriptedPeer.listen();
    await using proxy = await TcpProxy.listen({ target: peer.port });
    const clock = new SuspendableClock();
    await using to = await connectTo(peer, {
      via: proxy.origin,
      clock,
      pingInterval: 20_000,
      pingTimeout: 3_000,
    });
    await to.session.roundTrip();
    proxy.swallow();
    clock.suspend(3_600_000);
    expect(await outcomeOf(to.connection.post(push()))).toBe("Blocked unsent");
    await clock.advanceAsync(3_001);
    expect(to.connection.state).toBe("closed");
    expect(peer.received).toEqual([]);
  });

  test("an answer that arrived in the meantime is read before judging", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using to = await connectTo(peer, { clock, pingTimeout: 3_000 });
    to.transport.probe();
    await to.session.nextFrame("PING", (frame) => !frame.ack);
    // The answer is on its way; the timer fires before it can be read.
    clock.advance(3_000);
    expect(to.connection.state).toBe("active");
    await settle(20);
    clock.advance(10_000);
    expect(to.connection.state).toBe("active");
  });
});

test("a dead connection is cut at once: nobody waits for a goodbye that cannot be sent", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock, pingTimeout: 3_000 });
  to.session.windowUpdate(0, 2 ** 30);
  await to.session.roundTrip();
  to.session.stopReading();
  const outcomes: Promise<unknown>[] = [];
  do {
    for (let i = 0; i < 50; i++) outcomes.push(outcomeOf(to.connection.post(body(65_000, i))));
    await settle(50);
  } while (to.connection.stats().pending === 0);
  to.transport.probe();
  clock.advance(3_001);
  expect(to.connection.state).toBe("closed");
  // Resolves although the clock stands still.
  await to.connection.close();
  // What had not been handed to the socket yet is unsent.
  for (const outcome of await Promise.all(outcomes))
    expect(["Closed unknown", "Closed unsent"]).toContain(outcome);
});

test("probe() asks once until there is an answer, and does nothing on a closed connection", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock });
  to.transport.probe();
  to.transport.probe();
  await to.session.roundTrip();
  expect(pings(to.session.frames)).toBe(1);
  await to.connection.close();
  to.transport.probe();
  expect(clock.delays).toEqual([]);
});

test("the last request of a draining connection times out: no probe is left behind", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  await using to = await connectTo(peer, { clock });
  const posted = outcomeOf(to.connection.post(push(1, { timeout: 1_000 })));
  await to.session.request();
  to.session.goaway({ lastStreamId: 1 });
  await to.session.roundTrip();
  await clock.advanceAsync(1_008);
  expect(await posted).toBe("Timeout unknown");
  expect(to.connection.state).toBe("closed");
  await to.session.whenClosed();
  await settle();
  expect(clock.delays).toEqual([]);
});

test("a PING of the server is answered with the same octets", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  await to.session.roundTrip();
});
