import { connect, type Socket } from "node:net";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it, vi } from "vitest";
import { encodeNotification } from "../src/index.ts";
import { LegacyClient } from "./kit/legacy-client.ts";
import { tokenOf, World } from "./kit/world.ts";

failOnLeaks();
vi.setConfig({ testTimeout: 60_000 });

/** Two kilobytes: 150 are more than the gateway and Node.js read ahead, 1,200 nearly fill the system's buffers. */
const LONG = Buffer.from(JSON.stringify({ aps: { alert: "x".repeat(2_000) } }));
const WINDOW = 100;
/** Longer than a client takes to come again, so that the beginning is not answered by then. */
const LATENCY = 400;

type Cut = "end in the middle of a frame" | "end between two frames" | "reset";

const frame = (index: number): Buffer =>
  encodeNotification({ command: 2, token: tokenOf(index), payload: LONG, identifier: index, expiry: 0 });
const frames = (from: number, to: number): Buffer[] =>
  Array.from({ length: to - from }, (_, offset) => frame(from + offset));

interface Client {
  readonly client: LegacyClient;
  readonly wire: Socket;
}

async function open(world: World): Promise<Client> {
  const wire = connect(world.ports.push, "127.0.0.1");
  return { wire, client: await LegacyClient.connect(world.ports.push, { ...world.client, socket: wire }) };
}

async function settles(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/**
 * Sends frames, of the last one `bytes` only, and cuts the connection without waiting for anything.
 *
 * @returns resolves when all of it has left the client
 */
function sendAndCut({ client, wire }: Client, from: number, to: number, cut: Cut, bytes = 30): Promise<void> {
  client.send(...frames(from, to));
  return new Promise((resolve) => {
    if (cut === "reset") wire.resetAndDestroy().once("close", resolve);
    else if (cut === "end between two frames") client.socket.end(resolve);
    else client.socket.end(frame(to).subarray(0, bytes), resolve);
  });
}

/** How often each token was acted on. */
function acted(world: World, count: number): number[] {
  const counts = Array.from({ length: count }, () => 0);
  for (const { token } of world.apns.ledger.entries({ acted: true })) {
    counts[Number.parseInt(token.slice(-8), 16)]! += 1;
  }
  return counts;
}

/** Waits for the gateway to have sent everything that it has. */
async function isDone(world: World, last: number): Promise<void> {
  await world.apns.received({ token: tokenOf(last).toString("hex"), timeout: 60_000 });
  await settles(() => world.gateway.stats().pushConnections === 1 && world.counts.underWay === 0);
}

const each = (count: number, times: number): number[] => Array.from({ length: count }, () => times);

describe("a client that ends in the middle of a frame behind bytes that the gateway does not read", () => {
  it.each([
    ["300 KB", 150, 0, 30],
    ["300 KB", 150, 40, 1],
    ["300 KB", 150, 149, 2_000],
    ["300 KB", 150, 150, 30],
    ["2.4 MB", 1_200, 0, 30],
    ["2.4 MB", 1_200, 700, 30],
    ["2.4 MB", 1_200, 1_100, 4],
  ])(
    "of %s: %i frames, and repeats them from number %i on, has each acted on once (%i bytes of the last)",
    async (_, count, from, bytes) => {
      await using world = await World.open({ window: WINDOW }, { latency: LATENCY });
      const first = await open(world);
      void sendAndCut(first, 0, count, "end in the middle of a frame", bytes);
      await using second = await LegacyClient.connect(world.ports.push, world.client);
      second.send(...frames(from, count + 1));
      await isDone(world, count);
      expect(acted(world, count + 1)).toEqual(each(count + 1, 1));
    },
  );

  it("may repeat them on a connection that it had before", async () => {
    await using world = await World.open({ window: WINDOW }, { latency: LATENCY });
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    await sendAndCut(await open(world), 0, 400, "end in the middle of a frame");
    second.send(...frames(100, 401));
    await isDone(world, 400);
    expect(acted(world, 401)).toEqual(each(401, 1));
  });

  it("may repeat them on a connection that the gateway happens to read first", async () => {
    await using world = await World.open({ window: WINDOW }, { latency: LATENCY });
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    const first = await open(world);
    second.send(...frames(100, 401));
    void sendAndCut(first, 0, 400, "end in the middle of a frame");
    await isDone(world, 400);
    expect(acted(world, 401)).toEqual(each(401, 1));
  });

  it("may do so several times in a row", async () => {
    await using world = await World.open({ window: WINDOW }, { latency: 100 });
    for (const [from, to] of [
      [0, 200],
      [150, 300],
      [250, 400],
    ] as const) {
      void sendAndCut(await open(world), from, to, "end in the middle of a frame");
    }
    await using last = await LegacyClient.connect(world.ports.push, world.client);
    last.send(...frames(380, 401));
    await isDone(world, 400);
    expect(acted(world, 401)).toEqual(each(401, 1));
  });
});

describe("a client that leaves in another way behind bytes that the gateway does not read", () => {
  it("by an end between two frames, has everything sent that it sent, as often as it sent it", async () => {
    await using world = await World.open({ window: WINDOW }, { latency: LATENCY });
    void sendAndCut(await open(world), 0, 150, "end between two frames");
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    second.send(...frames(40, 151));
    await isDone(world, 150);
    expect(acted(world, 151)).toEqual([...each(40, 1), ...each(110, 2), 1]);
  });

  it("by a reset, has nothing acted on twice, and what it repeats once", async () => {
    await using world = await World.open({ window: WINDOW }, { latency: LATENCY });
    const first = await open(world);
    first.client.send(...frames(0, 1_200));
    await settles(() => world.counts.received[2] >= WINDOW);
    first.wire.resetAndDestroy();
    await using second = await LegacyClient.connect(world.ports.push, world.client);
    second.send(...frames(0, 151));
    await isDone(world, 150);
    expect(acted(world, 151)).toEqual(each(151, 1));
    expect(world.apns.ledger.totals.acted).toBe(151);
  });
});

describe("two clients that both send more than the gateway reads", () => {
  it("and send equal notifications on purpose, have each acted on twice", async () => {
    await using world = await World.open({ window: WINDOW }, { latency: 50 });
    await using one = await LegacyClient.connect(world.ports.push, world.client);
    await using other = await LegacyClient.connect(world.ports.push, world.client);
    one.send(...frames(0, 300));
    other.send(...frames(0, 300));
    await world.apns.received({ count: 600, timeout: 60_000 });
    await settles(() => world.counts.underWay === 0);
    expect(acted(world, 300)).toEqual(each(300, 2));
    expect(world.counts.absorbed).toBe(0);
  });
});
