import { MockApns } from "@apnskit/mock-server";
import { ManualClock } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, it } from "vitest";
import { providerToken } from "../src/index.ts";
import { all, hello, openClient, TOKEN, tokenOf, until } from "./kit/clients.ts";
import { MINUTE } from "./kit/durations.ts";
import { p8 } from "./kit/p8.ts";

failOnLeaks();

it("a key that is not the team's is one error line a minute, with how many pushes it cost", async () => {
  await using server = await MockApns.start();
  const clock = new ManualClock();
  const lines: Record<string, unknown>[] = [];
  const logger = {
    error: (fields: object, message: string) => void lines.push({ ...fields, message }),
    warn: (_: object, message: string) => void lines.push({ message }),
  };
  const auth = providerToken({ ...server.key, key: p8(), clock });
  await using apns = await openClient(server, { auth, logger, clock });
  const tokens = Array.from({ length: 30 }, (_, n) => tokenOf(n));
  await all(apns.sendMany(tokens, hello));
  clock.advance(MINUTE);
  await apns.trySend(TOKEN, hello);
  expect(lines).toMatchObject([
    {
      reason: "InvalidProviderToken",
      status: 403,
      count: 1,
      topic: "com.example.app",
      environment: "sandbox",
    },
    { reason: "InvalidProviderToken", count: 30 },
  ]);
  for (const { message } of lines)
    expect(message).toMatch(/^APNs refuses notifications: .*check key, key id and team id$/);
});

it("a timeout that may have been meant in seconds is warned of once, at open, and is in force", async () => {
  await using server = await MockApns.start();
  for (const [timeout, expected] of [
    [30, 1],
    [999, 1],
    [1_000, 0],
    [undefined, 0],
  ] as const) {
    const lines: [object, string][] = [];
    const logger = { warn: (fields: object, message: string) => void lines.push([fields, message]) };
    await using apns = await openClient(server, { timeout, logger });
    for (let i = 0; i < 3; i++) await apns.trySend(TOKEN, hello, { timeout: 10_000 });
    expect(lines).toHaveLength(expected);
    if (expected === 0) continue;
    expect(lines[0]![0]).toMatchObject({ timeout });
    expect(lines[0]![1]).toBe(`timeout is ${timeout} milliseconds: is it meant to be seconds?`);
  }
});

it("notifications that time out together are one warning with their cause", async () => {
  await using server = await MockApns.start();
  const clock = new ManualClock();
  const lines: [object, string][] = [];
  const logger = { warn: (fields: object, message: string) => void lines.push([fields, message]) };
  await using apns = await openClient(server, { clock, logger, timeout: 1_000 });
  // The server allows one stream until it has seen a good provider token.
  await apns.send(TOKEN, hello);
  server.inject({ kind: "stall" });
  const outcomes = Promise.all(Array.from({ length: 60 }, (_, n) => apns.trySend(tokenOf(n), hello)));
  await until(() => apns.stats().push.inflight === 60, "all are in flight");
  await clock.advanceAsync(1_008);
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({
      result: "unknown",
      error: { code: "ERR_APNS_TIMEOUT", phase: "in-flight" },
    });
  }
  const told = lines.filter(([, message]) => message.includes("timed out"));
  expect(told).toMatchObject([
    [{ count: 20, error: { code: "ERR_APNS_TIMEOUT" } }, "20 notifications timed out"],
  ]);
});
