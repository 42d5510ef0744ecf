import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FeedbackStore } from "../src/feedback/feedback-store.ts";
import { encodeNotification, FeedbackDecoder, GatewayStateFailed } from "../src/index.ts";
import { LegacyClient } from "./kit/legacy-client.ts";
import { HELLO, tokenOf, World } from "./kit/world.ts";

failOnLeaks();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "apnskit-legacy-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const DEAD_SINCE = 1_700_000_000;
const hex = (index: number): string => tokenOf(index).toString("hex");

/** Has a client push to dead tokens 1 … count. */
async function pushToDead(world: World, count: number): Promise<void> {
  await using client = await LegacyClient.connect(world.ports.push, world.client);
  for (let index = 1; index <= count; index++) {
    world.apns.devices.unregister(hex(index), (DEAD_SINCE + index) * 1_000);
    client.send(encodeNotification({ command: 0, token: tokenOf(index), payload: HELLO }));
  }
  client.send(Buffer.of(99));
  await client.packet;
}

/** Reads the feedback list to the end, as a client should. The gateway may not have noticed that it has gone. */
async function readAndLeave(world: World): Promise<[token: string, timestamp: number][]> {
  await using client = await LegacyClient.connect(world.ports.feedback, world.client);
  const decoder = new FeedbackDecoder();
  const found: [string, number][] = [];
  client.socket.removeAllListeners("data");
  client.socket.on("data", (chunk) => {
    for (const { token, timestamp } of decoder.push(chunk))
      found.push([Buffer.from(token).toString("hex"), timestamp]);
  });
  await client.closed;
  return found;
}

/** Reads the feedback list to the end; the gateway has seen it. */
async function readFeedback(world: World): Promise<[token: string, timestamp: number][]> {
  const found = await readAndLeave(world);
  await released(world);
  return found;
}

/** Waits until the gateway has seen the end of all feedback connections. */
async function released(world: World): Promise<void> {
  while (world.gateway.stats().feedbackConnections > 0) await new Promise((resolve) => setImmediate(resolve));
}

const tuples = (count: number) =>
  Array.from({ length: count }, (_, index) => [hex(index + 1), DEAD_SINCE + index + 1]);

describe("the feedback service", () => {
  it("writes the dead tokens with their times, ends, and clears the list by that", async () => {
    await using world = await World.open();
    await pushToDead(world, 3);
    expect(await readFeedback(world)).toEqual(tuples(3));
    expect(world.counts.feedback).toEqual({ waiting: 0, delivered: 3, displaced: 0 });
    expect(await readFeedback(world)).toEqual([]);
  });

  it("does not give a client the same list again that reads it to the end and comes back at once", async () => {
    await using world = await World.open();
    await pushToDead(world, 3);
    expect(await readAndLeave(world)).toEqual(tuples(3));
    expect(await readAndLeave(world)).toEqual([]);
    expect(world.counts.feedback).toEqual({ waiting: 0, delivered: 3, displaced: 0 });
    await released(world);
  });

  it("delivers again what a client that broke off did not read", async () => {
    await using world = await World.open();
    await pushToDead(world, 3);
    // It leaves before it has read anything.
    const early = await LegacyClient.connect(world.ports.feedback, world.client);
    early.socket.pause();
    early.socket.destroy();
    await early.closed;
    await released(world);
    // It ends its side at once.
    const half = connect({
      port: world.ports.feedback,
      host: "127.0.0.1",
      servername: "localhost",
      ...world.client,
    });
    half.on("error", () => {});
    await once(half, "secureConnect");
    half.end();
    half.resume();
    await once(half, "close");
    await released(world);
    expect(world.counts.feedback.waiting).toBe(3);
    expect(await readFeedback(world)).toEqual(tuples(3));
  });

  it("delivers again what a client did not read that sends its last bytes and then resets the connection", async () => {
    await using world = await World.open();
    await pushToDead(world, 3);
    const wire = new Socket({ allowHalfOpen: true }).connect(world.ports.feedback, "127.0.0.1");
    const options = { ...world.client, socket: wire, servername: "localhost", allowHalfOpen: true };
    const client = connect(options);
    client.on("error", () => {}).resume();
    await once(client, "end");
    client.write("x");
    wire.resetAndDestroy();
    await released(world);
    expect(world.counts.feedback).toEqual({ waiting: 3, delivered: 0, displaced: 0 });
    expect(await readFeedback(world)).toEqual(tuples(3));
  });

  it("keeps a token that died again while the list was read", async () => {
    const store = await FeedbackStore.open(undefined, 10);
    store.add("app", hex(1), 1);
    const read = store.entriesOf("app");
    store.add("app", hex(1), 2);
    store.delivered("app", read);
    expect(store.entriesOf("app")).toEqual([{ token: hex(1), timestamp: 2 }]);
  });

  it("keeps its list over a restart", async () => {
    const stateFolder = join(folder, "state");
    {
      await using world = await World.open({ stateFolder });
      await pushToDead(world, 2);
    }
    await using world = await World.open({ stateFolder });
    expect(await readFeedback(world)).toEqual(tuples(2));
  });
});

describe("the file of the feedback list", () => {
  it("holds what was added and not delivered, whatever the order", async () => {
    const path = join(folder, "feedback.ndjson");
    const store = await FeedbackStore.open(path, 10);
    for (const [index, time] of [
      [1, 5],
      [2, 6],
      [1, 4],
      [3, 7],
    ] as const)
      store.add("app", hex(index), time);
    store.delivered("app", [{ token: hex(2), timestamp: 6 }]);
    await store.close();
    const again = await FeedbackStore.open(path, 10);
    expect(again.entriesOf("app")).toEqual([
      { token: hex(1), timestamp: 5 },
      { token: hex(3), timestamp: 7 },
    ]);
    await again.close();
  });

  it("loses nothing but the line that a killed process was writing", async () => {
    const path = join(folder, "feedback.ndjson");
    writeFileSync(path, `["+","app","${hex(1)}",5]\n["+","app","${hex(2)}`);
    const store = await FeedbackStore.open(path, 10);
    store.add("app", hex(3), 6);
    await store.close();
    const again = await FeedbackStore.open(path, 10);
    expect(again.entriesOf("app").map(({ token }) => token)).toEqual([hex(1), hex(3)]);
    await again.close();
  });

  it("loses records that were written together as one, if the power took some of their octets", async () => {
    const path = join(folder, "feedback.ndjson");
    const store = await FeedbackStore.open(path, 1_000);
    store.add("app", hex(0), 5);
    await store.flush();
    for (let index = 1; index <= 500; index++) store.add("app", hex(index), 6);
    await store.close();
    const whole = readFileSync(path);
    for (const [from, to] of [
      [8_192, 12_288],
      [whole.length - 4_096, whole.length],
    ]) {
      writeFileSync(path, Buffer.from(whole).fill(0, from, to));
      const again = await FeedbackStore.open(path, 1_000);
      again.add("app", hex(501), 7);
      await again.close();
      const third = await FeedbackStore.open(path, 1_000);
      expect(third.entriesOf("app").map(({ token }) => token)).toEqual([hex(0), hex(501)]);
      await third.close();
    }
  });

  it("is left as it is, if it is a file of something else", async () => {
    const path = join(folder, "feedback.ndjson");
    for (const text of ["a file without a line feed", "a file\nof two lines"]) {
      writeFileSync(path, text);
      await expect(FeedbackStore.open(path, 10)).rejects.toBeInstanceOf(GatewayStateFailed);
      expect(readFileSync(path, "utf8")).toBe(text);
    }
  });

  it.each(["{}", '["+","app","zz",1]', '["*","app","ab",1]', "text"])(
    "with the line %s is refused, and the error names the line",
    async (line) => {
      const path = join(folder, "feedback.ndjson");
      writeFileSync(path, `["+","app","${hex(1)}",5]\n${line}\n`);
      const failure = await FeedbackStore.open(path, 10).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(GatewayStateFailed);
      expect((failure as Error).message).toContain("line 2");
    },
  );

  it("drops the oldest when a list is full, and counts them", async () => {
    const store = await FeedbackStore.open(undefined, 2);
    for (const index of [1, 2, 3]) store.add("app", hex(index), index);
    expect(store.entriesOf("app").map(({ token }) => token)).toEqual([hex(2), hex(3)]);
    expect(store.countsOf("app").displaced).toBe(1);
  });

  it("does not grow with what was delivered long ago", async () => {
    const path = join(folder, "feedback.ndjson");
    const store = await FeedbackStore.open(path, 100_000);
    store.add("app", hex(0), 1);
    for (let round = 0; round < 30; round++) {
      for (let index = 1; index <= 1_000; index++) store.add("app", hex(index), round + 1);
      store.delivered(
        "app",
        store.entriesOf("app").filter(({ token }) => token !== hex(0)),
      );
      await store.flush();
    }
    await store.close();
    expect(readFileSync(path, "utf8").split("\n").length).toBeLessThan(20_000);
    const again = await FeedbackStore.open(path, 10);
    expect(again.entriesOf("app")).toEqual([{ token: hex(0), timestamp: 1 }]);
    await again.close();
  });
});
