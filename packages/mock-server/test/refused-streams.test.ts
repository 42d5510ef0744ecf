import { expect, test } from "vitest";
import { MockApns } from "../src/index.ts";
import { bearer, Client, TOKEN, TOPIC } from "./support/client.ts";
import { RawClient, SETTINGS } from "./support/raw-client.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A literal field without indexing (RFC 7541 §6.2.2). */
function field(name: string, value: string): Buffer {
  const text = (words: string) => Buffer.concat([Buffer.of(words.length), Buffer.from(words)]);
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

function headers(stream: number): Buffer {
  const block = Buffer.concat([
    field(":method", "POST"),
    field(":scheme", "https"),
    field(":authority", "localhost"),
    field(":path", `/3/device/${TOKEN}`),
    field("apns-topic", TOPIC),
  ]);
  return frame(1, 4, stream, block);
}

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test("streams beyond the limit are counted before the client has acknowledged it", async () => {
  await using server = await MockApns.start({ auth: "anything", maxConcurrentStreams: 1 });
  await using client = await RawClient.open(server.port, server.ca, { ALPNProtocols: ["h2"] });
  client.socket.write(
    Buffer.concat([Buffer.from(PREFACE), frame(SETTINGS, 0, 0), headers(1), headers(3), headers(5)]),
  );
  await waitFor(() => server.ledger.totals.refusedStreams === 2 && server.connections[0]?.inflight === 1);
  expect(server.connections[0]?.refusedStreams).toBe(2);
  expect(server.ledger.totals.arrived).toBe(0);
});

test("a fault that resets a stream as refused is not one of them", async () => {
  await using server = await MockApns.start({
    faults: [{ kind: "reset", code: "REFUSED_STREAM", times: 1 }],
  });
  await using client = await Client.open(server);
  await expect(client.push({ authorization: bearer(server) })).rejects.toThrow();
  expect(await client.push({ authorization: bearer(server) })).toMatchObject({ status: 200 });
  expect(server.ledger.totals).toMatchObject({ refusedStreams: 0, unanswered: 1, acted: 1 });
});
