import { once } from "node:events";
import { ManualClock, ScriptedPeer, settle } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { body, connectTo, outcomeOf, push } from "./support/index.ts";

// A process that was suspended reads its sockets before its timers run, and its monotonic clock may have stood still.
failOnLeaks();

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

describe("bodies that wait for window when their time passes", () => {
  test("do not leave when the window opens after the process woke up: 50 of 50 stay", async () => {
    await using peer = await ScriptedPeer.listen({
      settings: { maxConcurrentStreams: 100, initialWindowSize: 0 },
    });
    const clock = new SuspendableClock();
    await using to = await connectTo(peer, { clock });
    const outcomes = Array.from({ length: 50 }, (_, i) =>
      outcomeOf(to.connection.post(body(500, i, { timeout: 1_000 }))),
    );
    await settle();
    clock.suspend(10_000);
    // Read before the timer of the deadlines has run.
    to.session.sendSettings({ initialWindowSize: 65_535 });
    await to.session.roundTrip();
    expect(to.session.frames.filter(({ type }) => type === "DATA")).toEqual([]);
    expect(new Set(await Promise.all(outcomes)).size).toBe(1);
    expect(String(await outcomes[0])).toMatch(/^Timeout/);
  });

  test("those whose time has not passed do leave", async () => {
    await using peer = await ScriptedPeer.listen({
      settings: { maxConcurrentStreams: 100, initialWindowSize: 0 },
      respond: () => ({}),
    });
    const clock = new SuspendableClock();
    await using to = await connectTo(peer, { clock });
    const late = outcomeOf(to.connection.post(body(500, 1, { timeout: 1_000 })));
    const good = outcomeOf(to.connection.post(body(500, 2, { timeout: 60_000 })));
    await settle();
    clock.suspend(10_000);
    to.session.sendSettings({ initialWindowSize: 65_535 });
    expect(await good).toBe(200);
    expect(await late).toMatch(/^Timeout/);
  });
});

describe("a connection that was silent for too long", () => {
  test("is asked before it gets another request, also with requests in flight", async () => {
    await using peer = await ScriptedPeer.listen({ automatic: { pingAck: false } });
    const clock = new SuspendableClock();
    await using to = await connectTo(peer, { clock, pingInterval: 20_000 });
    const first = outcomeOf(to.connection.post(push(1)));
    const request = await to.session.request();
    await to.session.roundTrip();
    expect(to.transport.doubtful).toBe(false);
    clock.suspend(30_000);
    expect(to.transport.doubtful).toBe(true);
    expect(await outcomeOf(to.connection.post(push(2)))).toBe("Blocked unsent");
    const ping = await to.session.nextFrame("PING", (frame) => !frame.ack);
    const room = once(to.connection, "capacity");
    to.session.acknowledgePing(ping.opaque);
    await room;
    expect([to.transport.doubtful, to.transport.room(push())]).toEqual([false, 999]);
    request.respond();
    expect(await first).toBe(200);
  });

  test("after the wall clock alone went on: a suspended machine's monotonic clock stands still", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using to = await connectTo(peer, { clock, pingInterval: 20_000 });
    await to.session.roundTrip();
    clock.jumpEpoch(7_200_000);
    const room = once(to.connection, "capacity");
    expect([to.transport.doubtful, to.connection.capacity]).toEqual([true, 0]);
    await room;
    expect(to.connection.capacity).toBe(1_000);
  });

  test("a wall clock that is set back makes nothing doubtful", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using to = await connectTo(peer, { clock, pingInterval: 20_000 });
    clock.jumpEpoch(-7_200_000);
    expect([to.transport.doubtful, to.connection.capacity]).toEqual([false, 1_000]);
  });

  test("asked without a long silence, with requests in flight: room, but doubtful, so that a pool prefers a sibling", async () => {
    await using peer = await ScriptedPeer.listen({ automatic: { pingAck: false } });
    await using to = await connectTo(peer);
    const posted = outcomeOf(to.connection.post(push()));
    await to.session.request();
    to.transport.probe();
    expect([to.transport.doubtful, to.transport.room(push())]).toEqual([true, 999]);
    await to.connection.close();
    expect(to.transport.doubtful).toBe(true);
    await posted;
  });
});
