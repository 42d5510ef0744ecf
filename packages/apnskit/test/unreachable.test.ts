import { MockApns } from "@apnskit/mock-server";
import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { all, failure, hello, openClient, TOKEN, tokenOf, until } from "./kit/clients.ts";
import { openScripted } from "./kit/scripted.ts";

failOnLeaks();

describe("a client whose APNs cannot be reached", () => {
  it("does not open, unless it does not wait: then it goes on trying, and notifications wait", async () => {
    const clock = new ManualClock();
    await using peer = await ScriptedPeer.listen({
      respond: () => ({}),
      tls: (connection) => (connection < 2 ? { handshake: "is cut" } : {}),
    });
    expect(await failure(openScripted(peer, clock))).toMatchObject({
      name: "ConnectFailed",
      delivery: "unsent",
    });
    await using apns = await openScripted(peer, clock, {}, { wait: false });
    const sending = apns.trySend(TOKEN, hello);
    await until(() => apns.stats().push.lastConnectError !== undefined, "the first attempt has failed");
    expect(apns.stats().push).toMatchObject({
      state: "open",
      active: 0,
      queued: 1,
      connectFailures: 1,
      lastConnectError: { failure: "unreachable", at: clock.epoch(), message: expect.any(String) },
      lastAcceptedAt: undefined,
    });
    clock.advance(100);
    expect(apns.stats().push.oldestQueued).toBe(100);
    await clock.advanceAsync(150);
    expect(await sending).toMatchObject({ result: "accepted", attempts: 1 });
    expect(apns.stats().push).toMatchObject({
      lastConnectError: undefined,
      oldestQueued: 0,
      lastAcceptedAt: clock.epoch(),
    });
    expect(JSON.parse(JSON.stringify(apns.stats().push))).toMatchObject({ lastAcceptedAt: clock.epoch() });
  });

  it("is not closed by options that are wrong: those are refused at once all the same", async () => {
    await using peer = await ScriptedPeer.listen();
    const wrong = openScripted(peer, new ManualClock(), { size: 0 }, { wait: false });
    expect(await failure(wrong)).toMatchObject({ name: "InvalidOption", option: "size" });
  });
});

describe("sendMany against a server that allows few streams", () => {
  it("loses nothing at 50 streams and 400 ms, with time for little more than one answer", async () => {
    await using server = await MockApns.start({
      maxConcurrentStreams: 50,
      streamsBeforeToken: 50,
      latency: 400,
    } as never);
    await using apns = await openClient(server, { timeout: 10_000 });
    const tokens = Array.from({ length: 500 }, (_, n) => tokenOf(n));
    const outcomes = await all(apns.sendMany(tokens, hello));
    expect(outcomes.filter(({ result }) => result !== "accepted")).toEqual([]);
    // Ten turns of 400 ms: none has waited for more than a few of them.
    expect(Math.max(...outcomes.map(({ duration }) => duration))).toBeLessThan(9_000);
  });
});

describe("a topic that is newer than a connection", () => {
  it("is tried again over a fresh connection, once", async () => {
    const clock = new ManualClock();
    await using peer = await ScriptedPeer.listen({
      respond: ({ headers, session }) =>
        headers["apns-topic"] === "com.example.later" && session === peer.sessions[0]
          ? { status: 400, body: { reason: "TopicDisallowed" } }
          : {},
    });
    await using apns = await openScripted(peer, clock);
    await apns.send(TOKEN, hello);
    clock.advance(1_000);
    const later = hello.with({ topic: "com.example.later" });
    const outcome = await apns.trySend(TOKEN, later);
    expect(outcome).toMatchObject({ result: "accepted", attempts: 2 });
    expect(peer.connectionCount).toBe(2);
  });

  it("that is refused over a connection of its own time stays refused, and so does a topic as old as it", async () => {
    const clock = new ManualClock();
    for (const reason of ["TopicDisallowed", "DeviceTokenNotForTopic"]) {
      await using peer = await ScriptedPeer.listen({ respond: () => ({ status: 400, body: { reason } }) });
      await using apns = await openScripted(peer, clock);
      expect(await apns.trySend(TOKEN, hello)).toMatchObject({ reason, attempts: 1 });
      clock.advance(1_000);
      const later = hello.with({ topic: "com.example.later" });
      expect(await apns.trySend(TOKEN, later)).toMatchObject({ reason, attempts: 2 });
      expect(await apns.trySend(TOKEN, later)).toMatchObject({ reason, attempts: 1 });
      expect(peer.connectionCount).toBe(2);
    }
  });
});
