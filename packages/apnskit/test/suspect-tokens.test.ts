import { MockApns } from "@apnskit/mock-server";
import { ManualClock } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { alert, type DeadToken, liveActivityUpdate, shouldDrop } from "../src/index.ts";
import { all, hello, openClient, TOKEN, tokenOf } from "./kit/clients.ts";
import { DAY } from "./kit/durations.ts";

failOnLeaks();

const tokens = Array.from({ length: 200 }, (_, n) => tokenOf(n));

/** A client, with what it reports dead and logs as an error. */
async function bench(server: MockApns, clock = new ManualClock()) {
  const lines: [fields: object, message: string][] = [];
  const logger = { error: (fields: object, message: string) => void lines.push([fields, message]) };
  const apns = await openClient(server, { logger, clock, environment: "sandbox", pingInterval: Infinity });
  const dead: DeadToken[] = [];
  apns.on("deadToken", (token) => dead.push(token));
  return { apns, clock, dead, lines, [Symbol.asyncDispose]: () => apns.close() };
}

describe("BadDeviceToken", () => {
  it("of 200 tokens of the other environment drops none of them, and one line names the environment", async () => {
    await using server = await MockApns.start({ acceptUnknownDevices: false });
    await using world = await bench(server);
    const outcomes = await all(world.apns.sendMany(tokens, hello));
    expect(outcomes).toHaveLength(200);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        result: "rejected",
        reason: "BadDeviceToken",
        advice: "check-environment",
        tokenIsDead: false,
        retryable: false,
      });
    }
    expect(world.dead).toEqual([]);
    expect(world.apns.stats()).toMatchObject({ outcomes: { deadTokens: 0 }, deadTokens: { buffered: 0 } });
    expect(world.lines).toHaveLength(1);
    expect(world.lines[0]![1]).toMatch(
      /10 device tokens in a row are BadDeviceToken.*to the production environment\?.*sandbox/,
    );
  });

  it("means a dead token while something was accepted for the topic within a day", async () => {
    await using server = await MockApns.start({ acceptUnknownDevices: false });
    await using world = await bench(server);
    server.devices.register(TOKEN);
    await world.apns.send(TOKEN, hello);
    world.clock.advance(DAY);
    expect(await world.apns.trySend(tokenOf(1), hello)).toMatchObject({
      advice: "drop-token",
      tokenIsDead: true,
    });
    expect(world.dead).toMatchObject([{ token: tokenOf(1), reason: "BadDeviceToken" }]);
    expect(shouldDrop(world.dead[0]!)).toBe(true);
    world.clock.advance(1);
    expect(await world.apns.trySend(tokenOf(2), hello)).toMatchObject({ advice: "check-environment" });
  });

  it("of one topic says nothing about another one", async () => {
    await using server = await MockApns.start({ acceptUnknownDevices: false });
    await using world = await bench(server);
    server.devices.register(TOKEN);
    await world.apns.send(TOKEN, hello);
    const other = alert({ title: "Hello", topic: "com.example.other" });
    expect(await world.apns.trySend(tokenOf(1), other)).toMatchObject({ tokenIsDead: false });
  });

  it("stays suspect although a broadcast was accepted: that goes to no device token", async () => {
    await using server = await MockApns.start({ acceptUnknownDevices: false });
    await using world = await bench(server);
    const { id } = await world.apns.channels.create();
    await world.apns.broadcast(id, liveActivityUpdate({ timestamp: new Date(), contentState: {} }));
    expect(await world.apns.trySend(tokenOf(1), hello)).toMatchObject({ tokenIsDead: false });
    expect(world.dead).toEqual([]);
  });
});
