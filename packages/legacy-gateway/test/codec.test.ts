import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ErrorPacketDecoder,
  encodeErrorPacket,
  encodeFeedbackTuple,
  encodeNotification,
  FeedbackDecoder,
  type Frame,
  type LegacyNotificationInit,
  NotificationDecoder,
  Status,
} from "../src/index.ts";

const bytes = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((array) => Buffer.from(array));
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

const notification: fc.Arbitrary<LegacyNotificationInit> = fc.oneof(
  fc.record({ command: fc.constant(0 as const), token: bytes(1, 100), payload: bytes(1, 300) }),
  fc.record({
    command: fc.constant(1 as const),
    token: bytes(1, 100),
    payload: bytes(1, 300),
    identifier: uint32,
    expiry: uint32,
  }),
  fc.record(
    {
      command: fc.constant(2 as const),
      token: bytes(1, 100),
      payload: bytes(1, 300),
      identifier: uint32,
      expiry: uint32,
      priority: fc.constantFrom(5 as const, 10 as const),
    },
    { requiredKeys: ["command", "token", "payload"] },
  ),
);

/** Cuts octets at the given places. */
function pieces(octets: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (octets.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => octets.subarray(from, places[index] ?? octets.length));
}

function decodeAll(chunks: readonly Buffer[], payloadLimit?: number): Frame[] {
  const decoder = new NotificationDecoder(payloadLimit === undefined ? {} : { payloadLimit });
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) frames.push(frame);
  }
  return frames;
}

const HEAD = { token: Buffer.alloc(32, 1), payload: Buffer.from("{}") };
const item = (id: number, data: Buffer): Buffer => Buffer.concat([Buffer.of(id), uint16(data.length), data]);
const uint16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);
const frameOf = (...items: Buffer[]): Buffer => {
  const data = Buffer.concat(items);
  const header = Buffer.alloc(5, 2);
  header.writeUInt32BE(data.length, 1);
  return Buffer.concat([header, data]);
};
const TOKEN = item(1, HEAD.token);
const PAYLOAD = item(2, HEAD.payload);
const IDENTIFIER = item(3, Buffer.of(0, 0, 1, 0));

describe("notifications", () => {
  it("come out as they went in, whatever the pieces", () => {
    fc.assert(
      fc.property(
        fc.array(notification, { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (all, cuts) => {
          const frames = decodeAll(pieces(Buffer.concat(all.map(encodeNotification)), cuts));
          const whole = all.map((one) => ({
            identifier: undefined,
            expiry: undefined,
            priority: undefined,
            ...one,
          }));
          expect(frames).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each<[string, Buffer, Status, number | undefined]>([
    ["an unknown command", Buffer.of(3), Status.protocolError, undefined],
    ["the command of an answer", Buffer.of(8, 8, 0, 0, 0, 1), Status.protocolError, undefined],
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\n"), Status.protocolError, undefined],
    ["command 0 without a token", Buffer.of(0, 0, 0), Status.missingDeviceToken, undefined],
    ["command 0 with a token of 101 bytes", Buffer.of(0, 0, 101), Status.invalidTokenSize, undefined],
    ["command 1 without a token", enhanced(0), Status.missingDeviceToken, 256],
    ["command 1 with a token of 65,535 bytes", enhanced(65_535), Status.invalidTokenSize, 256],
    ["command 1 without a payload", enhanced(2, Buffer.of(1, 1, 0, 0)), Status.missingPayload, 256],
    ["command 1 with 2,049 bytes", enhanced(2, Buffer.of(1, 1, 8, 1)), Status.invalidPayloadSize, 256],
    ["command 2 without items", frameOf(), Status.missingDeviceToken, undefined],
    ["command 2 without a token", frameOf(PAYLOAD, IDENTIFIER), Status.missingDeviceToken, 256],
    ["command 2 with an empty token", frameOf(item(1, Buffer.alloc(0)), PAYLOAD, IDENTIFIER), 2, 256],
    ["command 2 with a token of 101 bytes", frameOf(item(1, Buffer.alloc(101)), PAYLOAD, IDENTIFIER), 5, 256],
    ["command 2 without a payload", frameOf(TOKEN, IDENTIFIER), Status.missingPayload, 256],
    ["command 2 with 2,049 bytes", frameOf(TOKEN, item(2, Buffer.alloc(2_049)), IDENTIFIER), 7, 256],
    ["command 2 with 60,000 bytes", frameOf(TOKEN, item(2, Buffer.alloc(60_000)), IDENTIFIER), 7, 256],
    ["command 2 with two tokens", frameOf(TOKEN, TOKEN, PAYLOAD, IDENTIFIER), Status.protocolError, 256],
    ["command 2 with two payloads", frameOf(TOKEN, PAYLOAD, PAYLOAD, IDENTIFIER), Status.protocolError, 256],
    [
      "an identifier of 3 bytes",
      frameOf(TOKEN, PAYLOAD, item(3, Buffer.alloc(3))),
      Status.protocolError,
      undefined,
    ],
    ["an expiry of 8 bytes", frameOf(TOKEN, PAYLOAD, IDENTIFIER, item(4, Buffer.alloc(8))), 128, 256],
    [
      "a priority of 7",
      frameOf(TOKEN, PAYLOAD, IDENTIFIER, item(5, Buffer.of(7))),
      Status.protocolError,
      256,
    ],
    [
      "an unknown item",
      frameOf(TOKEN, PAYLOAD, IDENTIFIER, item(6, Buffer.of(1))),
      Status.protocolError,
      256,
    ],
    [
      "an item that is longer than its frame",
      frameOf(IDENTIFIER, Buffer.of(1, 0, 32, 1)),
      Status.protocolError,
      256,
    ],
    [
      "the beginning of an item",
      frameOf(TOKEN, PAYLOAD, IDENTIFIER, Buffer.of(4, 0)),
      Status.protocolError,
      256,
    ],
    ["a frame of 4 GB", Buffer.of(2, 255, 255, 255, 255), Status.protocolError, undefined],
  ])("are refused for %s, with the right status", (_, octets, status, identifier) => {
    const { command: _command, ...refusal } = decodeAll([octets])[0] as { command: number };
    expect(refusal).toEqual({ status, identifier });
    // The result is the same byte by byte, and nothing behind it is read.
    const behind = Buffer.concat([octets, encodeNotification({ command: 0, ...HEAD })]);
    expect(decodeAll([...behind].map((byte) => Buffer.of(byte)))).toEqual(decodeAll([octets]));
  });

  it("keep no more than can still become a notification", () => {
    const decoder = new NotificationDecoder();
    // A payload of 60,000 bytes that comes slowly.
    const frame = frameOf(TOKEN, item(2, Buffer.alloc(60_000)), IDENTIFIER);
    for (let at = 0; at < frame.length - 10; at += 10) {
      decoder.push(frame.subarray(at, at + 10));
      expect(decoder.next()).toBeUndefined();
      expect(decoder.buffered).toBeLessThan(64);
      expect(decoder.isMidFrame).toBe(true);
    }
  });

  it("come out whole for a reader who takes them late, and tell before it how they will end", () => {
    const oversize = frameOf(TOKEN, item(2, Buffer.alloc(9_000)), IDENTIFIER);
    const frames = fc.array(fc.oneof(notification.map(encodeNotification), fc.constant(oversize)), {
      maxLength: 6,
    });
    const taking = fc.array(fc.boolean(), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(
        frames,
        fc.nat(),
        fc.array(fc.nat(), { maxLength: 25 }),
        taking,
        (all, lost, cuts, takes) => {
          const whole = Buffer.concat(all);
          const octets = whole.subarray(0, whole.length - (lost % (all.at(-1)?.length ?? 1)));
          const decoder = new NotificationDecoder();
          const found: Frame[] = [];
          for (const [index, piece] of pieces(octets, cuts).entries()) {
            decoder.push(piece);
            const frame = takes[index] ? decoder.next() : undefined;
            if (frame !== undefined) found.push(frame);
          }
          const endsMidFrame = decoder.endsMidFrame;
          for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) found.push(frame);
          expect(found).toEqual(decodeAll([octets]));
          expect(decoder.isMidFrame).toBe(endsMidFrame);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ["no bytes", Buffer.alloc(0), false],
    [
      "whole frames",
      Buffer.concat([frameOf(TOKEN, PAYLOAD), encodeNotification({ command: 0, ...HEAD })]),
      false,
    ],
    ["a frame and a command", Buffer.concat([frameOf(TOKEN, PAYLOAD), Buffer.of(1)]), true],
    ["all of a frame but its last byte", frameOf(TOKEN, PAYLOAD).subarray(0, -1), true],
    ["a malformed frame and half of another", Buffer.concat([frameOf(TOKEN, TOKEN), Buffer.of(2, 0)]), false],
    [
      "half of a frame that is too long",
      frameOf(TOKEN, item(2, Buffer.alloc(9_000))).subarray(0, 5_000),
      true,
    ],
    ["a frame that is too long", frameOf(TOKEN, item(2, Buffer.alloc(9_000))), false],
  ])("end in their middle or not: %s", (_, octets, endsMidFrame) => {
    const decoder = new NotificationDecoder();
    decoder.push(octets);
    expect(decoder.endsMidFrame).toBe(endsMidFrame);
    // Nothing was taken out.
    expect(decoder.buffered).toBe(octets.length);
  });

  it("may be longer if the option says so", () => {
    const payload = Buffer.alloc(4_096, 0x20);
    const octets = encodeNotification({ command: 2, token: HEAD.token, payload });
    expect(decodeAll([octets])).toEqual([
      { command: 2, status: Status.invalidPayloadSize, identifier: undefined },
    ]);
    expect(decodeAll([octets], 4_096)).toMatchObject([{ payload }]);
  });
});

describe("error packets", () => {
  it("come out as they went in, whatever the pieces", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 255 }),
        uint32,
        fc.array(fc.nat(), { maxLength: 5 }),
        (status, identifier, cuts) => {
          const decoder = new ErrorPacketDecoder();
          const found = pieces(encodeErrorPacket({ status, identifier }), cuts).map((piece) =>
            decoder.push(piece),
          );
          expect(found.at(-1)).toEqual({ status, identifier });
        },
      ),
    );
  });

  it("are not guessed", () => {
    expect(() => new ErrorPacketDecoder().push(Buffer.from("HTTP"))).toThrow("begins with 8; received 72");
  });
});

describe("feedback tuples", () => {
  it("come out as they went in, whatever the pieces", () => {
    const tuples = fc.array(fc.record({ timestamp: uint32, token: bytes(0, 100) }), { maxLength: 6 });
    fc.assert(
      fc.property(tuples, fc.array(fc.nat(), { maxLength: 12 }), (all, cuts) => {
        const decoder = new FeedbackDecoder();
        const chunks = pieces(Buffer.concat(all.map(encodeFeedbackTuple)), cuts);
        const found = chunks.flatMap((chunk) => decoder.push(chunk));
        expect(found.map(({ token, ...rest }) => ({ ...rest, token: Buffer.from(token) }))).toEqual(all);
        expect(decoder.isMidTuple).toBe(false);
      }),
    );
  });

  it("show that a list was cut off", () => {
    const decoder = new FeedbackDecoder();
    expect(decoder.push(encodeFeedbackTuple({ timestamp: 1, token: HEAD.token }).subarray(0, 20))).toEqual(
      [],
    );
    expect(decoder.isMidTuple).toBe(true);
  });
});

function enhanced(tokenLength: number, rest: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.of(1, 0, 0, 1, 0, 0, 0, 0, 0), uint16(tokenLength), rest]);
}
