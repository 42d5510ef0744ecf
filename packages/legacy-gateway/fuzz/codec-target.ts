import { fingerprint, Random } from "../../http2/fuzz/random.ts";
import { must, mustEqual, type Target } from "../../http2/fuzz/target.ts";
import {
  encodeErrorPacket,
  encodeFeedbackTuple,
  encodeNotification,
  FeedbackDecoder,
  type Frame,
  type LegacyNotification,
  type LegacyNotificationInit,
  NotificationDecoder,
} from "../src/index.ts";

const LIMITS = [2_048, 256, 4_096, 1];
/** Octets of one run: the longest seed twice. */
const LONGEST = 20_000;
/** Bytes of the longest incomplete frame beside its payload: command, lengths, token, and the small items. */
const AROUND = 5 + 24 + 100;

/**
 * Fuzzes the decoder of clients' bytes. An input is one octet that chooses the longest payload, then the
 * stream.
 */
export const codecTarget: Target = {
  name: "codec",
  headLength: undefined,
  sources: "/legacy-gateway/src/codec/",
  seeds,

  run(input) {
    const payloadLimit = LIMITS[(input[0] ?? 0) % LIMITS.length]!;
    const stream = input.subarray(1, LONGEST);
    const byByte = decode(
      payloadLimit,
      Array.from(stream, (_, at) => stream.subarray(at, at + 1)),
    );
    const whole = decode(payloadLimit, [stream]);
    const cut = decode(payloadLimit, cutAtRandom(stream));
    mustEqual(whole.frames, byByte.frames, "a stream means the same whole and byte by byte");
    mustEqual(cut.frames, byByte.frames, "a stream means the same whatever its pieces");
    mustEqual(
      decodeLate(payloadLimit, cutAtRandom(stream)),
      byByte.frames,
      "a stream means the same however late it is read",
    );
    checkFrames(byByte, stream, payloadLimit);
    checkFeedback(stream);
    return byByte.frames.map(wordOf).join(" ");
  },
};

interface Decoded {
  readonly frames: Frame[];
  /** The end of each frame: octets pushed when the frame came out. */
  readonly ends: number[];
}

function decode(payloadLimit: number, pieces: readonly Buffer[]): Decoded {
  const decoder = new NotificationDecoder({ payloadLimit });
  const frames: Frame[] = [];
  const ends: number[] = [];
  let pushed = 0;
  for (const piece of pieces) {
    const wasOver = decoder.isOver;
    decoder.push(piece);
    pushed += piece.length;
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
      must(!wasOver, "nothing comes out behind a malformed frame");
      frames.push(frame);
      ends.push(pushed);
    }
    must(
      decoder.endsMidFrame === decoder.isMidFrame,
      "with all frames taken, the end is where the reader is",
    );
    must(decoder.buffered <= payloadLimit + AROUND, "an incomplete frame is bounded");
    must(!decoder.isOver || !decoder.isMidFrame, "nothing is kept behind a malformed frame");
  }
  return { frames, ends };
}

/** Decodes like a busy reader: takes one frame now and then, and the others at the end. */
function decodeLate(payloadLimit: number, pieces: readonly Buffer[]): Frame[] {
  const decoder = new NotificationDecoder({ payloadLimit });
  const frames: Frame[] = [];
  for (const [index, piece] of pieces.entries()) {
    decoder.push(piece);
    const frame = index % 5 === 0 ? decoder.next() : undefined;
    if (frame !== undefined) frames.push(frame);
  }
  const endsMidFrame = decoder.endsMidFrame;
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) frames.push(frame);
  must(decoder.isMidFrame === endsMidFrame, "where the bytes end is known before they are read");
  return frames;
}

/** Each frame matches its octets. */
function checkFrames({ frames, ends }: Decoded, stream: Buffer, payloadLimit: number): void {
  let from = 0;
  for (const [index, frame] of frames.entries()) {
    const octets = stream.subarray(from, ends[index]);
    from = ends[index]!;
    if ("status" in frame) {
      must(index === frames.length - 1, "a malformed frame is the last one");
      continue;
    }
    must(frame.token.length >= 1 && frame.token.length <= 100, "a token has 1 … 100 bytes");
    must(frame.payload.length >= 1 && frame.payload.length <= payloadLimit, "a payload is within its limit");
    const encoded = encodeNotification(withoutUndefined(frame));
    if (frame.command !== 2) mustEqual(encoded, octets, "a frame encodes to what it was decoded from");
    mustEqual(encoded.length, octets.length, "no octet of a frame is without meaning");
    mustEqual(decode(payloadLimit, [encoded]).frames, [frame], "a notification survives a round trip");
  }
}

function checkFeedback(stream: Buffer): void {
  const whole = new FeedbackDecoder().push(stream);
  const decoder = new FeedbackDecoder();
  const cut = cutAtRandom(stream).flatMap((piece) => decoder.push(piece));
  mustEqual(cut, whole, "a feedback list means the same whatever its pieces");
}

function cutAtRandom(stream: Buffer): Buffer[] {
  const random = new Random(fingerprint(stream));
  const pieces: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const end = at + 1 + random.below(random.once(3) ? 200 : 9);
    pieces.push(stream.subarray(at, end));
    at = end;
  }
  return pieces;
}

function wordOf(frame: Frame): string {
  if ("status" in frame) return `${frame.command > 2 ? "other" : frame.command}:${frame.status}`;
  const { command, identifier, expiry, priority } = frame;
  return [command, identifier !== undefined, expiry !== undefined, priority].join(".");
}

function withoutUndefined({
  identifier,
  expiry,
  priority,
  ...rest
}: LegacyNotification): LegacyNotificationInit {
  return {
    ...rest,
    ...(identifier !== undefined && { identifier }),
    ...(expiry !== undefined && { expiry }),
    ...(priority !== undefined && { priority }),
  };
}

function seeds(): Buffer[] {
  const token = Buffer.alloc(32, 0xab);
  const payload = Buffer.from('{"aps":{"alert":"Hello"}}');
  const some = { token, payload, identifier: 7, expiry: 1_700_000_000 };
  const streams = [
    encodeNotification({ command: 0, token, payload }),
    encodeNotification({ command: 1, ...some }),
    encodeNotification({ command: 2, ...some, priority: 5 }),
    encodeNotification({ command: 2, token, payload }),
    encodeNotification({ command: 2, ...some, payload: Buffer.alloc(9_000, 0x20) }),
    encodeErrorPacket({ status: 8, identifier: 7 }),
    encodeFeedbackTuple({ token, timestamp: 1_700_000_000 }),
  ];
  return [...streams, Buffer.concat(streams.slice(0, 4))].map((stream) =>
    Buffer.concat([Buffer.of(0), stream]),
  );
}
