import { connect } from "node:net";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { encodeNotification, type LegacyNotificationInit } from "../src/index.ts";
import { LegacyClient } from "./kit/legacy-client.ts";
import { HELLO, TOPIC, tokenOf, World } from "./kit/world.ts";

failOnLeaks();

const hex = (index: number): string => tokenOf(index).toString("hex");
const frame = (identifier: number, more: Partial<LegacyNotificationInit> = {}): Buffer =>
  encodeNotification({ command: 2, token: tokenOf(identifier), payload: HELLO, identifier, ...more });

describe("a notification", () => {
  it.each([0, 1, 2] as const)("of command %d reaches APNs with the client's payload", async (command) => {
    await using world = await World.open();
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(frame(7, { command, expiry: 2_000_000_000 }));
    const [entry] = await world.apns.received();
    expect(entry).toMatchObject({
      token: hex(7),
      payload: HELLO.toString(),
      topic: TOPIC,
      pushType: "alert",
      priority: undefined,
      expiration: command === 0 ? undefined : "2000000000",
    });
    expect(world.counts.received[command]).toBe(1);
  });

  it("with content-available alone becomes a background push of priority 5", async () => {
    await using world = await World.open();
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(frame(1, { payload: Buffer.from('{"aps":{"content-available":1},"x":1}'), priority: 10 }));
    client.send(
      frame(2, { payload: Buffer.from('{"aps":{"content-available":1,"badge":0}}'), priority: 10 }),
    );
    const entries = await world.apns.received({ count: 2 });
    expect(entries.map(({ pushType, priority }) => [pushType, priority])).toEqual([
      ["background", "5"],
      ["alert", "10"],
    ]);
  });

  it("has an apns-id that ends in its identifier and begins as its connection's others", async () => {
    await using world = await World.open();
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(frame(0xabcd), frame(0xffff_ffff, { token: tokenOf(1) }));
    const ids = (await world.apns.received({ count: 2 })).map(({ apnsId }) => apnsId);
    expect(ids.map((id) => id.slice(-8))).toEqual(["0000abcd", "ffffffff"]);
    expect(new Set(ids.map((id) => id.slice(0, 18))).size).toBe(1);
  });

  it("whose expiry has passed is tried once, as the old server did", async () => {
    await using world = await World.open();
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(frame(1, { expiry: 1 }));
    const [entry] = await world.apns.received();
    expect(entry).toMatchObject({ expiration: "0", status: 200 });
  });
});

describe("a refusal", () => {
  it.each([
    ["BadDeviceToken", 8],
    ["DeviceTokenNotForTopic", 8],
    ["MissingDeviceToken", 2],
    ["MissingTopic", 3],
    ["BadTopic", 3],
    ["TopicDisallowed", 3],
    ["PayloadEmpty", 4],
    ["PayloadTooLarge", 7],
    ["BadExpirationDate", 1],
    ["Forbidden", 1],
    ["InternalServerError", 1],
    ["ServiceUnavailable", 1],
    ["TooManyRequests", 1],
  ] as const)("of APNs with %s has the status %d", async (reason, status) => {
    await using world = await World.open({}, {}, { timeout: 1_000, retry: { minDelay: 500 } });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    world.apns.inject({ kind: "answer", reason, token: hex(2) });
    client.send(frame(1), frame(2));
    expect(await client.packet).toEqual({ status, identifier: 2 });
    await client.closed;
  });

  it("for a payload that is no JSON object is a processing error", async () => {
    await using world = await World.open();
    for (const payload of ["[]", "null", "{", '{"a":"\xff"}', "\ufeff{}"]) {
      await using client = await LegacyClient.connect(world.ports.push, world.client);
      client.send(frame(3, { payload: Buffer.from(payload, payload.includes("\xff") ? "latin1" : "utf8") }));
      expect(await client.packet).toEqual({ status: 1, identifier: 3 });
    }
    expect(world.apns.ledger.totals.arrived).toBe(0);
  });

  it("closes the connection, and only the first one is told", async () => {
    await using world = await World.open();
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    for (const bad of [4, 6])
      world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(bad) });
    client.send(...[1, 2, 3, 4, 5, 6, 7].map((index) => frame(index)));
    expect(await client.packet).toEqual({ status: 8, identifier: 4 });
    await client.closed;
    expect(client.error).toBeUndefined();
    expect(world.counts.reported).toBe(1);
  });

  it("of a notification without an identifier names the identifier 0", async () => {
    await using world = await World.open();
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(1) });
    client.send(frame(1, { command: 0 }));
    expect(await client.packet).toEqual({ status: 8, identifier: 0 });
  });
});

describe("a dead token", () => {
  it("is silence to the client that pushes, and an entry of the feedback list", async () => {
    await using world = await World.open();
    world.apns.devices.unregister(hex(1), 1_700_000_000_999);
    world.apns.devices.expire(hex(2), 1_700_000_001_000);
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(3) });
    client.send(frame(1), frame(2), frame(3));
    expect(await client.packet).toEqual({ status: 8, identifier: 3 });
    expect(world.counts).toMatchObject({ dead: 2, feedback: { waiting: 2 } });
  });
});

describe("what may have reached the device", () => {
  it("is a processing error; its repetition behind a fault is not sent, and is told the same", async () => {
    await using world = await World.open();
    world.apns.inject({ kind: "reset", code: "INTERNAL_ERROR", acted: true, token: hex(2) });
    world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(1) });
    await using first = await LegacyClient.connect(world.ports.push, world.client);
    first.send(frame(1), frame(2), frame(3));
    expect(await first.packet).toEqual({ status: 8, identifier: 1 });
    await world.apns.received({ count: 3 });
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    second.send(frame(2), frame(3));
    expect(await second.packet).toEqual({ status: 1, identifier: 2 });
    await using third = await LegacyClient.connect(world.ports.push, world.client);
    world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(9) });
    third.send(frame(3), frame(9));
    expect(await third.packet).toEqual({ status: 8, identifier: 9 });
    expect(world.apns.ledger.count({ token: hex(2) })).toBe(1);
    expect(world.apns.ledger.count({ token: hex(3) })).toBe(1);
    expect(world.counts).toMatchObject({ inDoubt: 1, absorbed: 2 });
  });
});

describe("a window of one", () => {
  it("sends each notification behind the answer to the last, and nothing has to be absorbed", async () => {
    await using world = await World.open({ window: 1 });
    world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(5) });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(...Array.from({ length: 10 }, (_, index) => frame(index)));
    expect(await client.packet).toEqual({ status: 8, identifier: 5 });
    expect(world.apns.ledger.totals).toMatchObject({ arrived: 6, acted: 5 });
    expect(world.counts.absorbable).toBe(0);
  });
});

describe("more repetitions in a row than the window holds", () => {
  it("are absorbed without waiting for anything", async () => {
    await using world = await World.open({ window: 4 }, { latency: 20 });
    const bad = world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(0) });
    for (let round = 0; round < 3; round++) {
      await using client = await LegacyClient.connect(world.ports.push, world.client);
      client.send(...[0, 1, 2, 3].map((index) => frame(index + (index === 0 ? 0 : 3 * round))));
      expect(await client.packet).toEqual({ status: 8, identifier: 0 });
      await world.apns.received({ count: 4 * (round + 1) });
    }
    expect(world.counts.absorbable).toBe(9);
    world.apns.removeFault(bad.id);
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(...Array.from({ length: 9 }, (_, index) => frame(index + 1)), frame(100));
    await world.apns.received({ token: hex(100) });
    expect(world.counts.absorbed).toBe(9);
    expect(world.apns.ledger.count({ acted: true })).toBe(10);
  });
});

describe("a stalled APNs", () => {
  it("means that the client is not read from, and nothing is lost when it goes on", async () => {
    const window = 20;
    await using world = await World.open({ window }, { latency: 200 });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    const count = 60;
    client.send(...Array.from({ length: count }, (_, index) => frame(index)));
    await world.apns.received();
    expect(world.counts.received[2]).toBeLessThanOrEqual(2 * window);
    await world.apns.received({ count });
    const peak = Math.max(...peaks(world));
    expect(peak).toBeLessThanOrEqual(window);
    expect(world.apns.ledger.totals.acted).toBe(count);
  });

  it("bounds what is under way over all connections of an app", async () => {
    await using world = await World.open({ maxUnderWay: 10 }, { latency: 50 });
    const clients = [];
    for (let number = 0; number < 3; number++) {
      clients.push(await LegacyClient.connect(world.ports.push, world.client));
    }
    for (const [number, client] of clients.entries()) {
      client.send(...Array.from({ length: 20 }, (_, index) => frame(number * 100 + index)));
    }
    await world.apns.received({ count: 60 });
    expect(Math.max(...peaks(world))).toBeLessThanOrEqual(10);
    for (const client of clients) await client[Symbol.asyncDispose]();
  });

  it("ends in a processing error when there is no connection in time", async () => {
    await using world = await World.open({}, {}, { timeout: 100 });
    world.apns.pauseListening();
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(frame(1), frame(2));
    expect(await client.packet).toEqual({ status: 1, identifier: 1 });
    await world.apns.resumeListening();
  });
});

/** How many requests were without an answer at each arrival. */
function peaks(world: World): number[] {
  const entries = world.apns.ledger.entries();
  return entries.map(
    ({ arrivedAt }) =>
      entries.filter((one) => one.arrivedAt <= arrivedAt && (one.settledAt ?? Infinity) > arrivedAt).length,
  );
}

describe("a connection that is reset while APNs is slow", () => {
  it("still has its refusals counted as untold when its client sends everything again meanwhile", async () => {
    await using world = await World.open({}, { latency: 500 });
    world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(1) });
    const frames = [0, 1, 2].map((index) => frame(index));
    const wire = connect(world.ports.push, "127.0.0.1");
    await using first = await LegacyClient.connect(world.ports.push, { ...world.client, socket: wire });
    first.send(...frames);
    await settles(() => world.apns.ledger.totals.arrived === 3);
    wire.resetAndDestroy();
    await settles(() => world.gateway.stats().pushConnections === 0);
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    second.send(...frames);
    expect(await second.packet).toEqual({ status: 8, identifier: 1 });
    expect(world.counts.untold).toBe(1);
  });
});

/** Waits until something holds. */
async function settles(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
