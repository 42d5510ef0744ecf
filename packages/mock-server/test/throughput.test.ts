import { describe, expect, test } from "vitest";
import { LoadClient } from "../bench/load-client.ts";
import { MockApns, type MockApnsOptions } from "../src/index.ts";
import { PAYLOAD, TOPIC } from "./support/client.ts";

const COUNT = 20_000;

async function load(options: MockApnsOptions, count = COUNT) {
  await using server = await MockApns.start({ ledger: { capacity: 100, tally: ["apns-id"] }, ...options });
  const client = await LoadClient.open({
    port: server.port,
    ca: server.ca,
    streams: 1000,
    path: (n) => `/3/device/${n.toString(16).padStart(64, "0")}`,
    headers: { authorization: `bearer ${server.providerToken()}`, "apns-topic": TOPIC },
    body: PAYLOAD,
  });
  await client.send(count);
  const { answered } = client;
  await client.close();
  return {
    answered,
    totals: server.ledger.totals,
    kept: server.ledger.entries(),
    ids: server.ledger.apnsIds!.summary(),
  };
}

describe("under load, with validation on", () => {
  test("every push is answered and acted on once, and the ledger keeps within its bound", async () => {
    const { answered, totals, kept, ids } = await load({});
    expect(answered).toBe(COUNT);
    expect(totals).toEqual({
      arrived: COUNT,
      acted: COUNT,
      refused: 0,
      unanswered: 0,
      refusedStreams: 0,
      reasons: {},
    });
    expect(kept.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, i) => COUNT - 99 + i));
    expect(ids).toEqual({ ids: COUNT, arrived: COUNT, acted: COUNT, repeated: 0, neverActed: 0 });
  });

  test("a latency and a share of errors leave none without an answer", async () => {
    const faults = [{ kind: "answer", reason: "TooManyRequests", share: 0.1 } as const];
    const { answered, totals } = await load({ latency: { min: 1, max: 10 }, faults }, 5000);
    expect(answered).toBe(5000);
    expect(totals.acted + totals.refused).toBe(5000);
    expect(totals.refused).toBeGreaterThan(350);
    expect(totals.refused).toBeLessThan(650);
  });
});
