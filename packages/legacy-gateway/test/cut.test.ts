import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { encodeNotification } from "../src/index.ts";
import { LegacyClient } from "./kit/legacy-client.ts";
import { HELLO, tokenOf, World } from "./kit/world.ts";

failOnLeaks();

const WINDOW = 4;
/** Long enough for a client to come again while the window is full. */
const LATENCY = 300;
/** Two kilobytes: a hundred and fifty are more than the gateway and Node.js read ahead. */
const LONG = Buffer.from(JSON.stringify({ aps: { alert: "x".repeat(2_000) } }));
const MANY = 150;

const hex = (index: number): string => tokenOf(index).toString("hex");
const frame = (identifier: number, payload = HELLO): Buffer =>
  encodeNotification({ command: 2, token: tokenOf(identifier), payload, identifier, expiry: 0 });
const frames = (count: number, payload = HELLO): Buffer[] =>
  Array.from({ length: count }, (_, index) => frame(index, payload));
const half = (index: number): Buffer => frame(index).subarray(0, 30);

/** How often each token was acted on, by its number. */
function acted(world: World, count: number): number[] {
  return Array.from({ length: count }, (_, index) =>
    world.apns.ledger.count({ token: hex(index), acted: true }),
  );
}

/** A client on a socket that a test can reset. */
async function connectWire(world: World): Promise<{ readonly client: LegacyClient; readonly wire: Socket }> {
  const wire = connect(world.ports.push, "127.0.0.1");
  return { wire, client: await LegacyClient.connect(world.ports.push, { ...world.client, socket: wire }) };
}

async function end(client: LegacyClient): Promise<void> {
  client.socket.end();
  await once(client.socket, "finish");
}

/** Waits until something holds. */
async function settles(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

const eachOnce = (count: number): number[] => Array.from({ length: count }, () => 1);

describe("a client whose connection ends in the middle of a frame while the window is full", () => {
  it("finds absorbed what it sends again at once: what was taken, and what waited for the window", async () => {
    await using world = await World.open({ window: WINDOW }, { latency: LATENCY });
    await using first = await LegacyClient.connect(world.ports.push, world.client);
    first.send(...frames(10), half(10));
    await end(first);
    await settles(() => world.counts.received[2] >= WINDOW);
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    second.send(...frames(12));
    await world.apns.received({ token: hex(11) });
    expect(acted(world, 12)).toEqual(eachOnce(12));
    expect(world.counts.absorbed).toBe(10);
  });

  it("is waited for within the window, also over several connections that repeat each other", async () => {
    await using world = await World.open({ window: WINDOW, maxUnderWay: 6 }, { latency: 50 });
    const clients: LegacyClient[] = [];
    for (let round = 0; round < 4; round++) {
      const client = await LegacyClient.connect(world.ports.push, world.client);
      clients.push(client);
      client.send(...frames(10 + round), half(10 + round));
      await end(client);
    }
    await world.apns.received({ count: 13 });
    await settles(() => world.counts.underWay === 0);
    expect(acted(world, 13)).toEqual(eachOnce(13));
    for (const client of clients) await client[Symbol.asyncDispose]();
  });

  it("is told how far a stop let it come; what waited for the window is not sent", async () => {
    await using world = await World.open({ window: WINDOW }, { latency: LATENCY });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(...frames(10), half(10));
    await end(client);
    await settles(() => world.counts.received[2] === 10 && world.apns.ledger.totals.arrived > 0);
    await world.gateway.close({ drain: 5_000 });
    expect(await client.packet).toEqual({ status: 10, identifier: 3 });
    expect(world.apns.ledger.totals.acted).toBe(WINDOW);
  });

  it("is noticed behind more bytes with a larger readAhead", async () => {
    await using world = await World.open({ window: WINDOW, readAhead: 1_000_000 }, { latency: LATENCY });
    await using first = await LegacyClient.connect(world.ports.push, world.client);
    first.send(...frames(MANY, LONG), half(MANY));
    await end(first);
    await settles(() => world.counts.received[2] === MANY);
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    second.send(...frames(8, LONG), frame(MANY));
    await world.apns.received({ token: hex(MANY) });
    expect(acted(world, 8)).toEqual(eachOnce(8));
    expect(world.counts.absorbed).toBe(8);
  });
});

describe("a client that is cut off when a refusal is told", () => {
  it("in the middle of a frame finds absorbed what came before the refusal", async () => {
    await using world = await World.open();
    const bad = world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(3) });
    await using first = await LegacyClient.connect(world.ports.push, world.client);
    first.send(...frames(6), half(6));
    await settles(() => world.counts.reported === 1);
    first.send(half(6).subarray(0, 10));
    await end(first);
    await settles(() => world.gateway.stats().pushConnections === 0);
    world.apns.removeFault(bad.id);
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    second.send(...frames(7));
    await world.apns.received({ token: hex(6) });
    expect(acted(world, 7)).toEqual(eachOnce(7));
  });

  it("between two frames has seen it, and what it sends again of before is new", async () => {
    await using world = await World.open();
    world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(3) });
    await using first = await LegacyClient.connect(world.ports.push, world.client);
    first.send(...frames(6));
    await settles(() => world.counts.reported === 1);
    first.send(frame(6));
    await end(first);
    await settles(() => world.gateway.stats().pushConnections === 0);
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    second.send(frame(0), frame(6));
    await world.apns.received({ token: hex(6) });
    expect(acted(world, 1)).toEqual([2]);
  });
});

describe("a client whose connection is reset", () => {
  it("finds absorbed what waited for the window as well", async () => {
    await using world = await World.open({ window: WINDOW }, { latency: LATENCY });
    const { client, wire } = await connectWire(world);
    client.send(...frames(10));
    await settles(() => world.counts.received[2] >= WINDOW);
    wire.resetAndDestroy();
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    second.send(...frames(11));
    await world.apns.received({ token: hex(10) });
    expect(acted(world, 11)).toEqual(eachOnce(11));
  });

  it("right behind its bytes finds them absorbed", async () => {
    await using world = await World.open({}, { latency: 50 });
    for (let round = 0; round < 3; round++) {
      const { client, wire } = await connectWire(world);
      client.send(...frames(10));
      wire.resetAndDestroy();
      await settles(() => world.counts.received[2] === 10 * (round + 1));
    }
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    second.send(...frames(11));
    await world.apns.received({ token: hex(10) });
    expect(acted(world, 11)).toEqual(eachOnce(11));
  });

  it.each(["another connection", "a connection that it had before"])(
    "while the gateway does not read from it, may send again on %s",
    async (kind) => {
      await using world = await World.open({ window: WINDOW }, { latency: LATENCY });
      const open = () => LegacyClient.connect(world.ports.push, world.client);
      const before = kind === "another connection" ? undefined : await open();
      const { client, wire } = await connectWire(world);
      client.send(...frames(MANY, LONG));
      await settles(() => world.counts.received[2] >= WINDOW);
      wire.resetAndDestroy();
      await using second = before ?? (await open());
      second.send(...frames(8, LONG), frame(MANY));
      await world.apns.received({ token: hex(MANY) });
      expect(acted(world, 8)).toEqual(eachOnce(8));
      expect(world.counts.absorbed).toBe(8);
    },
  );

  it("has its own equal notifications sent as often as it sent them", async () => {
    await using world = await World.open({ window: 1 }, { latency: 100 });
    const { client, wire } = await connectWire(world);
    client.send(frame(0), frame(0), frame(0));
    await settles(() => world.counts.received[2] === 1);
    wire.resetAndDestroy();
    await world.apns.received({ count: 3 });
    expect(acted(world, 1)).toEqual([3]);
    expect(world.counts.absorbed).toBe(0);
  });
});
