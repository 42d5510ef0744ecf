import { DEFAULT_MAX_FRAME_SIZE, FRAME_HEADER_LENGTH, type FrameType } from "./frames.ts";

const INITIAL_SIZE = 16_384;

/**
 * Bytes that wait to be sent: one growing buffer that is taken in one piece, so that many frames leave in one write.
 *
 * Writers call {@link reserve} once for all that they are about to write, then store into {@link bytes} directly.
 */
export class OutputBuffer {
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_SIZE);
  length = 0;
  #spare: Buffer | undefined;

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  /** Writes a frame header; the caller has reserved the room. */
  writeFrameHeader(length: number, type: number, flags: number, streamId: number): void {
    const bytes = this.bytes;
    let at = this.length;
    bytes[at++] = length >>> 16;
    bytes[at++] = length >>> 8;
    bytes[at++] = length;
    bytes[at++] = type;
    bytes[at++] = flags;
    bytes[at++] = streamId >>> 24;
    bytes[at++] = streamId >>> 16;
    bytes[at++] = streamId >>> 8;
    bytes[at++] = streamId;
    this.length = at;
  }

  /** Writes a whole frame whose payload is one 32-bit number: RST_STREAM or WINDOW_UPDATE. */
  writeUint32Frame(
    type: typeof FrameType.RST_STREAM | typeof FrameType.WINDOW_UPDATE,
    streamId: number,
    value: number,
  ): void {
    this.reserve(FRAME_HEADER_LENGTH + 4);
    this.writeFrameHeader(4, type, 0, streamId);
    this.length = this.bytes.writeUInt32BE(value, this.length);
  }

  /** Writes a whole frame. */
  writeFrame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    this.reserve(FRAME_HEADER_LENGTH + payload.length);
    this.writeFrameHeader(payload.length, type, flags, streamId);
    this.append(payload, 0, payload.length);
  }

  /** Copies bytes; the caller has reserved the room. */
  append(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    if (count <= SHORT) {
      const bytes = this.bytes;
      let at = this.length;
      for (let i = start; i < end; i++) bytes[at++] = source[i]!;
      this.length = at;
      return;
    }
    this.bytes.set(count === source.length ? source : source.subarray(start, end), this.length);
    this.length += count;
  }

  /** Hands over everything written since the last call, or `undefined` if that is nothing. */
  take(): Buffer | undefined {
    if (this.length === 0) return undefined;
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = this.#spare ?? Buffer.allocUnsafeSlow(INITIAL_SIZE);
    this.#spare = undefined;
    this.length = 0;
    return taken;
  }

  /** Gives a taken piece back once it has been sent, so that its memory serves again. */
  recycle(taken: Buffer): void {
    if (taken.buffer.byteLength > MAX_SPARE) return;
    if (this.#spare === undefined || this.#spare.length < taken.buffer.byteLength) {
      this.#spare = Buffer.from(taken.buffer);
    }
  }
}

/** Below this a loop beats the call into native code. */
const SHORT = 48;

/** A burst may need megabytes once; that is not kept for ever. */
const MAX_SPARE = 64 * DEFAULT_MAX_FRAME_SIZE;
