import { MockApns } from "@apnskit/mock-server";
import { ManualClock } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import {
  ProviderTokenRejected,
  providerToken,
  Rejected,
  summarise,
  type TokenRenewal,
} from "../src/index.ts";
import { all, failure, hello, openClient, TOKEN, tokenOf, until } from "./kit/clients.ts";
import { MINUTE } from "./kit/durations.ts";

failOnLeaks();

/** A server whose clock has a lead on that of the provider token. */
async function world(lead = 0) {
  const clock = new ManualClock();
  const server = await MockApns.start({ now: () => clock.epoch() + lead });
  return { clock, server, auth: providerToken({ ...server.key, clock }) };
}

describe("a machine that slept", () => {
  it("twice for two hours shows a new token each time, and APNs refuses none", async () => {
    const { server, auth, clock } = await world();
    await using _ = server;
    await using apns = await openClient(server, { auth });
    for (let nap = 0; nap < 3; nap++) {
      expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
      // The monotonic clock stood still, the server's did not.
      clock.jumpEpoch(2 * 60 * MINUTE);
    }
    expect(auth.current().generation).toBe(4);
    expect(server.ledger.totals.reasons).toEqual({});
  });
});

describe("ExpiredProviderToken", () => {
  it("240 times at once costs exactly one renewal, and nothing is lost or doubled", async () => {
    // This machine's clock is behind, so that APNs calls a token of half an hour expired.
    const { server, auth, clock } = await world(31 * MINUTE);
    await using _ = server;
    await using apns = await openClient(server, { auth });
    const renewals: TokenRenewal[] = [];
    apns.on("tokenRenewed", (renewal) => renewals.push(renewal));
    await apns.send(TOKEN, hello);
    clock.jumpEpoch(30 * MINUTE);
    const outcomes = await Promise.all(
      Array.from({ length: 240 }, (_, n) => apns.trySend(tokenOf(n), hello)),
    );
    expect(await summarise(outcomes)).toMatchObject({ total: 240, accepted: 240 });
    expect(renewals).toEqual([
      { keyId: server.key.keyId, teamId: server.key.teamId, generation: 2, cause: "rejection" },
    ]);
    expect(auth.current().generation).toBe(2);
    expect(server.ledger.totals.acted).toBe(241);
  });

  it("that all are in flight when it comes costs exactly one renewal too", async () => {
    await using server = await MockApns.start();
    await using apns = await openClient(server);
    await apns.send(TOKEN, hello);
    // All are in flight together before the first of them is answered.
    server.inject({ kind: "latency", latency: 300 });
    server.inject({ kind: "answer", reason: "ExpiredProviderToken", times: 240 });
    const renewals: TokenRenewal[] = [];
    apns.on("tokenRenewed", (renewal) => renewals.push(renewal));
    const outcomes = await Promise.all(
      Array.from({ length: 240 }, (_, n) => apns.trySend(tokenOf(n), hello)),
    );
    expect(await summarise(outcomes)).toMatchObject({ accepted: 240, retries: 240 });
    expect(renewals.map(({ generation }) => generation)).toEqual([2]);
    expect(server.ledger.totals.reasons).toEqual({ ExpiredProviderToken: 240 });
  });

  it("is sent again on a fresh connection", async () => {
    await using server = await MockApns.start();
    await using apns = await openClient(server);
    server.inject({ kind: "answer", reason: "ExpiredProviderToken", sticky: true, times: 1 });
    expect(await apns.send(TOKEN, hello)).toMatchObject({ attempts: 2 });
    const [first, second] = server.ledger.entries({ kind: "push" });
    expect(second!.connection).not.toBe(first!.connection);
  });

  it("of a token that was just renewed surfaces and does not renew again", async () => {
    const { server, auth } = await world(3 * 60 * MINUTE);
    await using _ = server;
    await using apns = await openClient(server, { auth });
    const error = await failure<Rejected>(apns.send(TOKEN, hello));
    expect(error).toBeInstanceOf(Rejected);
    expect(error.reason).toBe("ExpiredProviderToken");
    expect(error.cause).toBeInstanceOf(ProviderTokenRejected);
    expect(error.message).toContain("renewing it did not help");
    const again = await apns.trySend(TOKEN, hello);
    expect(again).toMatchObject({ result: "rejected", reason: "ExpiredProviderToken", attempts: 1 });
    expect(auth.current().generation).toBe(2);
  });

  it("while a queue waits: what comes after the renewal carries the new token", async () => {
    // One stream at a time until a token is good: 99 of 100 wait while the first is refused.
    const { server, auth, clock } = await world(31 * MINUTE);
    await using _ = server;
    auth.current();
    clock.jumpEpoch(30 * MINUTE);
    await using apns = await openClient(server, { auth });
    const outcomes = await all(
      apns.sendMany(
        Array.from({ length: 100 }, (_, n) => tokenOf(n)),
        hello,
      ),
    );
    expect(await summarise(outcomes)).toMatchObject({ accepted: 100, retries: 1 });
    expect(server.ledger.totals).toMatchObject({ acted: 100, reasons: { ExpiredProviderToken: 1 } });
  });
});

it("a token that reaches its age while a request waits for its next attempt is replaced in that attempt", async () => {
  const { server, auth, clock } = await world();
  await using _ = server;
  await using apns = await openClient(server, {
    auth,
    clock,
    timeout: 3 * 60 * MINUTE,
    random: () => 1,
    retry: { minDelay: 55 * MINUTE, maxDelay: 55 * MINUTE },
  });
  const renewals: TokenRenewal[] = [];
  apns.on("tokenRenewed", (renewal) => renewals.push(renewal));
  server.inject({ kind: "answer", reason: "ServiceUnavailable", times: 1 });
  const sending = apns.send(TOKEN, hello);
  await until(() => apns.stats().push.retrying === 1, "it waits");
  await clock.advanceAsync(55 * MINUTE);
  expect(await sending).toMatchObject({ attempts: 2 });
  expect(renewals.map(({ generation, cause }) => [generation, cause])).toEqual([[2, "schedule"]]);
});

describe("TooManyProviderTokenUpdates", () => {
  it("is sent again with the same token, after growing pauses", async () => {
    await using server = await MockApns.start();
    const auth = providerToken(server.key);
    const clock = new ManualClock();
    await using apns = await openClient(server, { auth, clock, random: () => 1 });
    server.inject({ kind: "answer", reason: "TooManyProviderTokenUpdates", times: 2 });
    const sending = apns.send(TOKEN, hello);
    for (const [answers, pause] of [
      [1, 500],
      [2, 1_000],
    ] as const) {
      const paused = () => server.ledger.totals.refused === answers && apns.stats().push.retrying === 1;
      await until(paused, "it pauses");
      expect(clock.delays).toContain(pause);
      await clock.advanceAsync(pause);
    }
    expect((await sending).attempts).toBe(3);
    expect(auth.current().generation).toBe(1);
  });

  it("is the outcome when the pause would outlast the deadline", async () => {
    await using server = await MockApns.start();
    await using apns = await openClient(server);
    server.inject({ kind: "answer", reason: "TooManyProviderTokenUpdates" });
    const outcome = await apns.trySend(TOKEN, hello, { timeout: 100 });
    expect(outcome).toMatchObject({ reason: "TooManyProviderTokenUpdates", attempts: 1, retryable: true });
  });

  it("pauses end with the signal, and when the client is closed", async () => {
    await using server = await MockApns.start();
    server.inject({ kind: "answer", reason: "TooManyProviderTokenUpdates" });
    const clock = new ManualClock();
    const apns = await openClient(server, { clock });
    const abort = new AbortController();
    const aborted = apns.trySend(TOKEN, hello, { signal: abort.signal });
    const closed = apns.trySend(TOKEN, hello);
    await until(() => apns.stats().push.retrying === 2, "both pause");
    abort.abort();
    expect(await aborted).toMatchObject({ result: "unsent", error: { code: "ERR_APNS_ABORTED" } });
    await apns.close();
    expect(await closed).toMatchObject({ result: "rejected", reason: "TooManyProviderTokenUpdates" });
  });
});
