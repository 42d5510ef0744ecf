/** Frame types (RFC 9113 §6). */
export const RST_STREAM = 0x3;
export const GOAWAY = 0x7;

/** Largest stream id: the last stream of a GOAWAY that only announces another one (RFC 9113 §6.8). */
export const MAX_STREAM_ID = 2 ** 31 - 1;

/**
 * Encodes a GOAWAY frame as Apple sends it. nghttp2 itself chooses the last stream id, and never sends 0 once
 * a request has arrived.
 *
 * @param lastStreamId 0 to 2³¹−1
 * @param code HTTP/2 error code
 */
export function goawayFrame(lastStreamId: number, code: number, debug: string): Buffer {
  const data = Buffer.from(debug);
  const frame = Buffer.alloc(9 + 8 + data.length);
  frame.writeUIntBE(8 + data.length, 0, 3);
  frame[3] = GOAWAY;
  frame.writeUInt32BE(lastStreamId, 9);
  frame.writeUInt32BE(code, 13);
  data.copy(frame, 17);
  return frame;
}

/** Removes frames of these types. Expects whole frames. */
export function withoutFrames(frames: Buffer, types: readonly number[]): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at < frames.length; ) {
    const end = at + 9 + frames.readUIntBE(at, 3);
    if (!types.includes(frames[at + 3]!)) kept.push(frames.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

/** HTTP/2 error code (RFC 9113 §7). */
export const REFUSED_STREAM = 0x7;

/** Callbacks for frames that end streams or the connection. */
export interface Endings {
  /** Called with the id of each stream that is reset as REFUSED_STREAM. */
  refused(stream: number): void;
  /** Called for a GOAWAY with an error code. */
  failed(): void;
}

/** Finds frames that end something. Expects whole frames. */
export function findEndings(frames: Buffer, endings: Endings): void {
  for (let at = 0; at < frames.length; ) {
    const type = frames[at + 3];
    if (type === RST_STREAM && frames.readUInt32BE(at + 9) === REFUSED_STREAM) {
      endings.refused(frames.readUInt32BE(at + 5));
    } else if (type === GOAWAY && frames.readUInt32BE(at + 13) !== 0) {
      endings.failed();
    }
    at += 9 + frames.readUIntBE(at, 3);
  }
}
