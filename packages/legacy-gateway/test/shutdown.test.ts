import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { encodeNotification } from "../src/index.ts";
import { LegacyClient } from "./kit/legacy-client.ts";
import { HELLO, tokenOf, World } from "./kit/world.ts";

failOnLeaks();

const frame = (identifier: number): Buffer =>
  encodeNotification({ command: 1, token: tokenOf(identifier), payload: HELLO, identifier, expiry: 0 });
const frames = (from: number, to: number): Buffer[] =>
  Array.from({ length: to - from + 1 }, (_, index) => frame(from + index));

describe("a gateway that stops", () => {
  it("waits for the answers of what is under way, and names the last accepted notification with status 10", async () => {
    await using world = await World.open({}, { latency: 100 });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(...frames(1, 20));
    await arrivals(world, 20);
    await world.gateway.close();
    expect(await client.packet).toEqual({ status: 10, identifier: 20 });
    expect(world.apns.ledger.totals.acted).toBe(20);
  });

  it("takes nothing more: what it has not taken comes again from the client, after the one that it names", async () => {
    await using world = await World.open({ window: 5 }, { latency: 100 });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(...frames(1, 100));
    await arrivals(world, 1);
    await world.gateway.close();
    const packet = await client.packet;
    expect(packet?.status).toBe(10);
    expect(packet?.identifier).toBe(world.apns.ledger.totals.acted);
    expect(packet?.identifier).toBeLessThan(100);
  });

  it("tells a refusal among the last ones in place of status 10", async () => {
    await using world = await World.open({}, { latency: 100 });
    world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: tokenOf(3).toString("hex") });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(...frames(1, 5));
    await arrivals(world, 5);
    await world.gateway.close();
    expect(await client.packet).toEqual({ status: 8, identifier: 3 });
  });

  it("ends in time when APNs does not answer: what is in doubt is a processing error", async () => {
    await using world = await World.open();
    world.apns.inject({ kind: "stall", token: tokenOf(2).toString("hex") });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(...frames(1, 3));
    await arrivals(world, 3);
    await world.gateway.close({ drain: 50 });
    expect(await client.packet).toEqual({ status: 1, identifier: 2 });
    expect(world.counts.inDoubt).toBe(1);
  });

  it("names the first notification as failed where it has taken none of a connection", async () => {
    await using world = await World.open({ maxUnderWay: 1 });
    world.apns.inject({ kind: "stall", token: tokenOf(1).toString("hex") });
    await using first = await LegacyClient.connect(world.ports.push, world.client);
    first.send(frame(1));
    await arrivals(world, 1);
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    second.send(...frames(5, 7));
    await using third = await LegacyClient.connect(world.ports.push, world.client);
    third.send(Buffer.of(9));
    // The gateway has read what came before, when it has shaken hands with one more client.
    await using _later = await LegacyClient.connect(world.ports.push, world.client);
    await world.gateway.close({ drain: 50 });
    expect(await second.packet).toEqual({ status: 1, identifier: 5 });
    expect(await third.packet).toEqual({ status: 128, identifier: 0 });
    expect(world.apns.ledger.totals.arrived).toBe(1);
  });

  it("closes idle connections without a packet, and can be closed twice", async () => {
    await using world = await World.open();
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    await Promise.all([world.gateway.close(), world.gateway.close({ drain: 0 })]);
    expect(await client.packet).toBeUndefined();
    expect(world.gateway.addresses).toEqual([]);
    await expect(LegacyClient.connect(world.ports.push, world.client)).rejects.toThrow();
  });
});

/** Waits until so many requests are at the mock server, answered or not. */
async function arrivals(world: World, count: number): Promise<void> {
  while (world.apns.ledger.totals.arrived < count) await new Promise((resolve) => setImmediate(resolve));
}
