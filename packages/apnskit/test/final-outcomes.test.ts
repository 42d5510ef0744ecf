import { MockApns } from "@apnskit/mock-server";
import { ManualClock, type Responder, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import {
  type ApnsClient,
  liveActivityUpdate,
  type Outcome,
  type Rejected,
  type SendOptions,
} from "../src/index.ts";
import { failure, hello, openClient, TOKEN } from "./kit/clients.ts";
import { openScripted, passTime } from "./kit/scripted.ts";

failOnLeaks();

/** Time for one attempt: the pause before the second would be 250 ms. */
const short = { timeout: 200 };

const update = (expiration: Date) =>
  liveActivityUpdate({ timestamp: new Date(0), contentState: {}, expiration });

/** Sends what expires in two seconds to a peer that does `respond`, and lets its time pass. */
async function expiring(respond: Responder, options: SendOptions = {}): Promise<Outcome> {
  const clock = new ManualClock();
  await using peer = await ScriptedPeer.listen({ respond });
  await using apns = await openScripted(peer, clock);
  const notification = hello.with({ expiration: new Date(clock.epoch() + 2_000) });
  const sending = apns.trySend(TOKEN, notification, { timeout: 60_000, ...options });
  return await passTime(clock, sending);
}

describe("a notification whose expiration has passed is not retryable", () => {
  it("when the server has not answered, idempotent or not", async () => {
    for (const idempotent of [false, true]) {
      expect(await expiring(() => undefined, { idempotent })).toMatchObject({
        result: "unknown",
        retryable: false,
        error: { code: "ERR_APNS_TIMEOUT", deadlineSource: "expiration" },
      });
    }
  });

  it("when it was already past when it was sent", async () => {
    const clock = new ManualClock();
    await using peer = await ScriptedPeer.listen();
    await using apns = await openScripted(peer, clock);
    const notification = hello.with({ expiration: new Date(clock.epoch() - 1_000) });
    expect(await apns.trySend(TOKEN, notification)).toMatchObject({
      result: "unsent",
      retryable: false,
      attempts: 0,
    });
    expect(peer.received).toEqual([]);
  });

  it("when it never reached a connection", async () => {
    const clock = new ManualClock();
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 0 } });
    await using apns = await openScripted(peer, clock);
    const notification = hello.with({ expiration: new Date(clock.epoch() + 1_000) });
    const outcome = await passTime(clock, apns.trySend(TOKEN, notification, { timeout: 60_000 }));
    expect(outcome).toMatchObject({ result: "unsent", retryable: false, error: { phase: "queued" } });
  });

  for (const [what, send, path] of [
    ["notification", (apns, expiration) => apns.send(TOKEN, hello.with({ expiration }), short), "/3/device/"],
    [
      "broadcast",
      (apns, expiration) => apns.broadcast("c2FtcGxl", update(expiration), short),
      "/4/broadcasts/",
    ],
  ] as const satisfies readonly [
    string,
    (apns: ApnsClient, expiration: Date) => Promise<unknown>,
    string,
  ][]) {
    it(`when the last answer to a ${what}, which would pass by itself, came too late`, async () => {
      for (const [ahead, retryable] of [
        [60_000, true],
        [1_000, false],
      ] as const) {
        const clock = new ManualClock();
        await using peer = await ScriptedPeer.listen({
          respond: () => {
            // The wall clock alone moves on: no deadline fires.
            clock.jumpEpoch(1_000);
            return { status: 429, body: { reason: "TooManyRequests" } };
          },
        });
        await using apns = await openScripted(peer, clock);
        const error = await passTime(clock, failure<Rejected>(send(apns, new Date(clock.epoch() + ahead))));
        expect(error).toMatchObject({ name: "Rejected", reason: "TooManyRequests", retryable });
        expect(peer.received[0]!.path).toContain(path);
      }
    });
  }
});

describe("what an outcome says about why nothing was sent", () => {
  it("the error behind a time-out is its cause, with where the notification was", async () => {
    const clock = new ManualClock();
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "is cut" } });
    await using apns = await openScripted(peer, clock, {}, { wait: false });
    const outcome = await passTime(clock, apns.trySend(TOKEN, hello, { timeout: 1_000 }));
    expect(outcome).toMatchObject({
      result: "unsent",
      retryable: true,
      error: {
        code: "ERR_APNS_TIMEOUT",
        phase: "queued",
        deadlineSource: "timeout",
        cause: { code: "ERR_APNS_CONNECT", failure: "unreachable" },
      },
    });
    expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome);
  });

  it("the token is what was given: in its own spelling, cut if it is none, and also of a closed client", async () => {
    await using server = await MockApns.start();
    const apns = await openClient(server);
    const capitals = TOKEN.toUpperCase();
    expect(await apns.trySend(capitals, hello)).toMatchObject({ token: TOKEN, given: capitals });
    expect(await apns.trySend(TOKEN, hello)).not.toHaveProperty("given");
    expect(await apns.trySend(Buffer.from(TOKEN, "hex"), hello)).toMatchObject({ token: TOKEN });
    expect(await apns.trySend("no token", hello)).toMatchObject({ result: "unsent", token: "no token" });
    expect(await apns.trySend("x".repeat(500), hello)).toMatchObject({
      token: expect.stringMatching(/^x{1,40}…?$/),
    });
    expect(await apns.trySend(7 as never, hello)).toMatchObject({ token: "number" });
    const noTopic = await apns.trySend(capitals, undefined as never);
    expect(noTopic).toMatchObject({ result: "unsent", token: TOKEN, given: capitals });
    await apns.close();
    expect(await apns.trySend(capitals, hello)).toMatchObject({
      result: "unsent",
      token: TOKEN,
      given: capitals,
      error: { code: "ERR_APNS_CLOSED" },
    });
  });

  it("dead tokens come in the spelling in which they were given as well", async () => {
    await using server = await MockApns.start();
    await using apns = await openClient(server);
    const capitals = TOKEN.toUpperCase();
    server.devices.unregister(TOKEN);
    await apns.trySend(capitals, hello);
    const { value } = await apns.deadTokens[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ token: TOKEN, given: capitals });
    await apns.trySend(TOKEN, hello);
    const next = await apns.deadTokens[Symbol.asyncIterator]().next();
    expect(next.value).not.toHaveProperty("given");
  });
});
