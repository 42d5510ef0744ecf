import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Fault, MockApns } from "../src/index.ts";
import { Client, type Reply } from "./support/client.ts";

const FAULTS: Fault[] = [
  { kind: "latency", latency: { median: 2, p99: 30 }, share: 0.5 },
  { kind: "answer", reason: "TooManyRequests", share: 0.02 },
  { kind: "answer", reason: "InternalServerError", share: 0.01, acted: true },
  { kind: "answer", reason: "InternalServerError", share: 0.002, sticky: true },
  { kind: "reset", code: "REFUSED_STREAM", share: 0.01 },
  { kind: "reset", code: "INTERNAL_ERROR", share: 0.01, acted: true },
  { kind: "goaway", reason: "Shutdown", share: 0.003 },
  { kind: "goaway", reason: "InternalServerError", share: 0.002, lastStreamId: 0, twice: true },
  { kind: "goaway", share: 0.002, lastStreamId: "acted" },
  { kind: "goaway", share: 0.002, announce: 3 },
  { kind: "settings", maxConcurrentStreams: 5, share: 0.002 },
  { kind: "settings", maxConcurrentStreams: 1000, share: 0.01 },
  { kind: "stall", scope: "connection", ms: 5, share: 0.002 },
  { kind: "stall", ms: 10, share: 0.005 },
  { kind: "drop", share: 0.002 },
  { kind: "drop", share: 0.001, acted: true },
  { kind: "refuse", share: 0.1 },
  { kind: "refuse", share: 0.1, how: "close-after-handshake" },
];

const CLIENTS = 4;
const PUSHES = 600;
const BURST = 30;

/** Sends pushes in bursts, over a new connection whenever the last one is gone. */
async function sendAll(
  server: MockApns,
  onReply: (id: string, reply: Reply | undefined) => void,
): Promise<void> {
  let client: Client | undefined;
  for (let sent = 0; sent < PUSHES; sent += BURST) {
    while (!client || client.session.destroyed || client.session.closed) {
      client = await Client.open(server).catch(() => undefined);
    }
    const through = client;
    const burst = Array.from({ length: BURST }, async () => {
      const id = randomUUID();
      onReply(id, await through.push({ "apns-id": id }).catch(() => undefined));
    });
    await Promise.all(burst);
  }
  await client?.[Symbol.asyncDispose]();
}

describe("with every fault at once", () => {
  test.each([1, 2])("the ledger and the clients agree on what was acted on (seed %i)", async (seed) => {
    await using server = await MockApns.start({
      auth: "anything",
      seed,
      faults: FAULTS,
      ledger: { capacity: 100, payloads: false, tally: ["apns-id"] },
    });
    const replies = new Map<string, Reply | undefined>();
    const clients = Array.from({ length: CLIENTS }, () =>
      sendAll(server, (id, reply) => replies.set(id, reply)),
    );
    await Promise.all(clients);
    expect(replies.size).toBe(CLIENTS * PUSHES);

    const tally = server.ledger.apnsIds!;
    for (const [id, reply] of replies) {
      const { arrived, acted } = tally.get(id);
      expect(arrived).toBeLessThanOrEqual(1);
      if (reply?.status === 200) expect(acted).toBe(1);
      if (reply?.status === 429) expect(acted).toBe(0);
    }
    const { arrived, acted, refused, unanswered } = server.ledger.totals;
    expect(tally.summary()).toMatchObject({ arrived, acted, repeated: 0 });
    expect(arrived).toBeGreaterThan(PUSHES);
    expect(refused + unanswered).toBeGreaterThan(0);

    server.clearFaults();
    await using client = await Client.open(server);
    expect(await client.push()).toMatchObject({ status: 200 });
  });
});
