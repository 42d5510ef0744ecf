import { ManualClock, ScriptedPeer, type ScriptedRequest } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import type { Outcome, SendOptions } from "../src/index.ts";
import { hello, TOKEN, until } from "./kit/clients.ts";
import { openScripted, passTime } from "./kit/scripted.ts";

failOnLeaks();

const tooMany = { status: 429, body: { reason: "TooManyProviderTokenUpdates" } };

/**
 * An idempotent notification that the server received whole before the connection was lost, and whose second attempt is
 * at the server; new connections fail from then on if `gone`.
 */
async function lostOnce(options: SendOptions, gone = false) {
  const clock = new ManualClock();
  const peer = await ScriptedPeer.listen({
    tls: (connection) => (gone && connection > 1 ? { handshake: "is cut" } : {}),
  });
  const apns = await openScripted(peer, clock);
  const outcome = apns.trySend(TOKEN, hello, { idempotent: true, timeout: 5_000, ...options });
  const first = await peer.request();
  expect(first.complete).toBe(true);
  first.session.destroy();
  let second: ScriptedRequest | undefined;
  void peer.request().then((request) => {
    second = request;
  });
  for (let turn = 0; turn < 100 && second === undefined; turn++) await clock.advanceAsync(50);
  await until(() => second !== undefined, "the second attempt is there");
  const close = async () => {
    await apns.close();
    await peer.close();
  };
  return { clock, peer, apns, outcome, second: second!, [Symbol.asyncDispose]: close };
}

describe("a notification that the server may have is never unsent", () => {
  it("when its second attempt meets an expired provider token, and then the server is gone", async () => {
    await using world = await lostOnce({}, true);
    world.second.respond({ status: 403, body: { reason: "ExpiredProviderToken" } });
    const outcome = await passTime(world.clock, world.outcome);
    expect(outcome).toMatchObject({
      result: "unknown",
      error: { code: "ERR_APNS_TIMEOUT", phase: "between-attempts" },
      retryable: true,
      attempts: 2,
    });
  });

  it("when it is aborted while it waits for the server to bear its provider token again", async () => {
    const abort = new AbortController();
    await using world = await lostOnce({ signal: abort.signal });
    world.second.respond(tooMany);
    await until(() => world.apns.stats().push.retrying === 1, "it pauses");
    abort.abort();
    expect(await world.outcome).toMatchObject({
      result: "unknown",
      attempts: 2,
      error: { code: "ERR_APNS_ABORTED", phase: "between-attempts" },
    });
  });

  const doubtful = { result: "unknown", retryable: true, attempts: 2 };

  it("when the client is closed in that pause", async () => {
    await using world = await lostOnce({});
    world.second.respond(tooMany);
    await until(() => world.apns.stats().push.retrying === 1, "it pauses");
    await world.apns.close();
    expect(await world.outcome).toMatchObject(doubtful);
  });

  it("when its time does not last for that pause", async () => {
    await using world = await lostOnce({ timeout: 900 });
    world.second.respond(tooMany);
    expect(await world.outcome).toMatchObject(doubtful);
  });
});

describe("a server that bears no provider token any more", () => {
  const answersUntilTheEnd = async (
    send: (apns: Awaited<ReturnType<typeof openScripted>>, epoch: number) => Promise<Outcome>,
  ) => {
    const clock = new ManualClock();
    await using peer = await ScriptedPeer.listen({ respond: () => tooMany });
    await using apns = await openScripted(peer, clock);
    return await passTime(clock, send(apns, clock.epoch()));
  };
  // After 500 and 1,000 ms; the next pause would be 2,000 ms.
  const last = { result: "rejected", status: 429, reason: "TooManyProviderTokenUpdates", attempts: 3 };

  it("is left alone when the deadline comes before the next attempt: its last answer is the outcome", async () => {
    const outcome = await answersUntilTheEnd((apns, epoch) =>
      apns.trySend(TOKEN, hello, { deadline: new Date(epoch + 1_800), timeout: 60_000 }),
    );
    expect(outcome).toMatchObject({ ...last, retryable: true });
    expect(outcome.duration).toBeLessThanOrEqual(1_800);
  });

  it("is left alone when the notification expires before the next attempt", async () => {
    const outcome = await answersUntilTheEnd((apns, epoch) =>
      apns.trySend(TOKEN, hello.with({ expiration: new Date(epoch + 2_000) }), { timeout: 60_000 }),
    );
    expect(outcome).toMatchObject(last);
    expect(outcome.duration).toBeLessThanOrEqual(2_000);
  });
});

it("a connection that answers a PING but no request loses few of many to it, and is replaced", async () => {
  const clock = new ManualClock();
  await using peer = await ScriptedPeer.listen({
    respond: ({ session }) => (session === peer.sessions[0] ? undefined : {}),
  });
  await using apns = await openScripted(peer, clock, { size: 2 });
  await until(() => apns.stats().push.active === 2, "both connections are open");
  const results: string[] = [];
  for (let i = 0; i < 25; i++) {
    const before = peer.received.length;
    const outcome = apns.trySend(TOKEN, hello, { timeout: 1_000 });
    await until(() => peer.received.length > before, "it is at the server");
    if (peer.received.at(-1)!.session === peer.sessions[0]) await clock.advanceAsync(1_008);
    results.push((await outcome).result);
  }
  expect(results.filter((result) => result === "accepted").length).toBeGreaterThanOrEqual(22);
  expect(results.slice(4)).toEqual(Array(21).fill("accepted"));
});

it("a connection that did some work and is sent away with last id 0 is replaced at once", async () => {
  const clock = new ManualClock();
  await using peer = await ScriptedPeer.listen();
  await using apns = await openScripted(peer, clock);
  const first = apns.trySend(TOKEN, hello);
  (await peer.request()).respond();
  await first;
  const second = apns.trySend(TOKEN, hello);
  const { session } = await peer.request();
  session.goaway({ lastStreamId: 0 });
  // The clock stands still: nothing is held back.
  (await peer.request()).respond();
  expect(await second).toMatchObject({ result: "accepted", attempts: 2 });
  expect(peer.connectionCount).toBe(2);
});
