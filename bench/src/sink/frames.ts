/**
 * The part of RFC 9113 §4 that a server needs to answer requests unread. The code does not use
 * @apnskit/http2, so the bench's server shares no mistake with the measured client.
 */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const FRAME_HEADER = 9;

export const FrameType = {
  data: 0,
  headers: 1,
  settings: 4,
  ping: 6,
  windowUpdate: 8,
} as const;

export const Flag = { ack: 1, endStream: 1, endHeaders: 4 } as const;

const MAX_CONCURRENT_STREAMS = 3;

/** `:status: 200` is entry 8 of HPACK's static table (RFC 7541, Appendix A). */
const STATUS_200 = 0x88;
export const ANSWER_BYTES = FRAME_HEADER + 1;

export function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  bytes.set(payload, FRAME_HEADER);
  return bytes;
}

export function settingsFrame(maxConcurrentStreams: number): Buffer {
  const entry = Buffer.allocUnsafe(6);
  entry.writeUInt16BE(MAX_CONCURRENT_STREAMS, 0);
  entry.writeUInt32BE(maxConcurrentStreams, 2);
  return frame(FrameType.settings, 0, 0, entry);
}

export function windowUpdateFrame(increment: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(increment, 0);
  return frame(FrameType.windowUpdate, 0, 0, payload);
}

/** A complete answer for each stream: HEADERS with END_STREAM and END_HEADERS, ten bytes each, in one buffer. */
export function answers(streamIds: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(streamIds.length * ANSWER_BYTES);
  let at = 0;
  for (const id of streamIds) {
    bytes.writeUIntBE(1, at, 3);
    bytes[at + 3] = FrameType.headers;
    bytes[at + 4] = Flag.endStream | Flag.endHeaders;
    bytes.writeUInt32BE(id, at + 5);
    bytes[at + FRAME_HEADER] = STATUS_200;
    at += ANSWER_BYTES;
  }
  return bytes;
}
