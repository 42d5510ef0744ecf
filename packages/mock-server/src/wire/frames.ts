/** Frame types (RFC 9113 §6). */
export const RST_STREAM = 0x3;
export const GOAWAY = 0x7;

/** Largest stream id: the last stream of a GOAWAY that only announces another one (RFC 9113 §6.8). */
export const MAX_STREAM_ID = 2 ** 31 - 1;

/**
 * Encodes a GOAWAY frame. nghttp2 chooses the last stream id itself and never sends 0 once a request has come, so the
 * frames that Apple sends are made here.
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

/** Leaves out frames of these types. Expects whole frames. */
export function withoutFrames(frames: Buffer, types: readonly number[]): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at < frames.length; ) {
    const end = at + 9 + frames.readUIntBE(at, 3);
    if (!types.includes(frames[at + 3]!)) kept.push(frames.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

/** Whether there is a GOAWAY with an error code among these frames. Expects whole frames. */
export function endsInError(frames: Buffer): boolean {
  for (let at = 0; at < frames.length; at += 9 + frames.readUIntBE(at, 3)) {
    if (frames[at + 3] === GOAWAY && frames.readUInt32BE(at + 13) !== 0) return true;
  }
  return false;
}
