import { Pool, Request } from "@apnskit/pool";
import { ScriptedPeer, type ScriptedSession } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { TOKEN } from "./kit/clients.ts";
import { watchUncaught } from "./kit/uncaught.ts";

// docs/http2-conformance.md lists the cost of a flood per octet. These tests show that requests still get
// through, over the flooded connection or the next connection, and that nothing else fails.
failOnLeaks();
const uncaught = watchUncaught();

const FRAMES = 30_000;
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** An encoded frame. */
function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

const none = Buffer.alloc(0);
const floods: readonly (readonly [string, (i: number) => Buffer])[] = [
  ["PING", () => frame(6, 0, 0, Buffer.alloc(8))],
  ["acknowledged PING", () => frame(6, 1, 0, Buffer.alloc(8))],
  ["empty SETTINGS", () => frame(4, 0, 0, none)],
  ["acknowledged SETTINGS", () => frame(4, 1, 0, none)],
  [
    "SETTINGS that change the window",
    (i) => frame(4, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(65_535 + (i % 2))])),
  ],
  [
    "SETTINGS of unknown names",
    (i) => frame(4, 0, 0, Buffer.concat([Buffer.from([0xff, i & 255]), uint32(i)])),
  ],
  ["WINDOW_UPDATE of 1", () => frame(8, 0, 0, uint32(1))],
  ["WINDOW_UPDATE of a stream", () => frame(8, 0, 1, uint32(1))],
  ["PRIORITY", (i) => frame(2, 0, 1, Buffer.concat([uint32(i), Buffer.from([1])]))],
  ["empty DATA", () => frame(0, 0, 1, none)],
  ["DATA that is all padding", () => frame(0, 8, 1, Buffer.concat([Buffer.from([255]), Buffer.alloc(255)]))],
  ["RST_STREAM of a closed stream", () => frame(3, 0, 1, uint32(8))],
  [
    "GOAWAY with the largest last stream id",
    () => frame(7, 0, 0, Buffer.concat([uint32(0x7fff_ffff), uint32(0)])),
  ],
  ["interim answers", () => frame(1, 4, 1, Buffer.concat([Buffer.from([0x08, 3]), Buffer.from("103")]))],
  [
    "padded HEADERS",
    () =>
      frame(1, 12, 1, Buffer.concat([Buffer.from([200, 0x08, 3]), Buffer.from("103"), Buffer.alloc(200)])),
  ],
  ["a header block without end", (i) => (i === 0 ? frame(1, 0, 1, none) : frame(9, 0, 1, none))],
  ["frames of unknown type", () => frame(0xee, 0xff, 1, Buffer.alloc(100))],
  [
    "trailers again and again",
    (i) => (i === 0 ? frame(1, 4, 1, Buffer.from([0x88])) : frame(1, 5, 1, Buffer.from([0x88]))),
  ],
];

function flood(session: ScriptedSession, make: (i: number) => Buffer): void {
  for (let at = 0; at < FRAMES; at += 1_000) {
    session.raw(Buffer.concat(Array.from({ length: 1_000 }, (_, i) => make(at + i))));
  }
}

describe("30,000 frames of one kind: every request is accepted, over this connection or the next", () => {
  test.each(floods)("%s", async (_, make) => {
    await using peer = await ScriptedPeer.listen({ tolerant: true });
    const pool = await Pool.open(peer.origin, {
      tls: { ca: peer.ca },
      reconnect: { minDelay: 1 },
      retry: { minDelay: 1 },
    });
    const request = Request.of(`/3/device/${TOKEN}`, {}, "{}", { idempotent: true, timeout: 20_000 });
    const posted = [pool.post(request), pool.post(request)];
    const first = await peer.session();
    await first.requests(2);
    flood(first, make);
    // Answers on this connection if it stays open, and on the next connections.
    first.autoRespond(() => ({}));
    for (const streamId of first.openStreams) first.respond(streamId, {});
    const answering = (async () => {
      for (;;) (await peer.session()).autoRespond(() => ({}));
    })().catch(() => {});
    const ends = await Promise.all(
      posted.map((one) =>
        one.then(
          ({ status }) => status,
          (error: Error) => error.name,
        ),
      ),
    );
    // A malformed answer counts as an answer: the request ends with its typed error.
    for (const end of ends) expect([200, "FormatError", "StreamReset"]).toContain(end);
    expect((await pool.post(request)).status).toBe(200);
    await pool.close();
    await peer.close();
    await answering;
    expect(uncaught).toEqual([]);
  });
});

test("the first SETTINGS in single octets: the connection still opens", async () => {
  await using peer = await ScriptedPeer.listen({
    tolerant: true,
    settings: false,
    automatic: { settingsAck: false },
    onSession: async (session) => {
      session.autoRespond(() => ({}));
      for (const octet of frame(4, 0, 0, none)) {
        session.raw(Buffer.from([octet]));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  });
  const pool = await Pool.open(peer.origin, { tls: { ca: peer.ca } });
  expect((await pool.post(Request.of(`/3/device/${TOKEN}`))).status).toBe(200);
  await pool.close();
});
