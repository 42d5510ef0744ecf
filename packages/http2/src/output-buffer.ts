import { DEFAULT_MAX_FRAME_SIZE, FRAME_HEADER_LENGTH, type FrameType } from "./frames.ts";

const INITIAL_SIZE = 16_384;

/** Bytes leave in pieces of about this size: larger pieces cost copies and save nothing. */
const PIECE_SIZE = 131_072;

/** A piece with less room than this is full. So the next frame usually fits, and the buffer need not grow. */
const MARGIN = DEFAULT_MAX_FRAME_SIZE + 1_024;

/** The most sent pieces to keep for new bytes. One piece is written to the socket while another fills. */
const MOST_SPARES = 4;

/**
 * Frames that wait to be sent. They gather in one buffer and leave in one write.
 *
 * Writers call {@link reserve} once for all that they are about to write, then store into {@link bytes} directly.
 */
export class OutputBuffer {
  /** Where writers store; another buffer takes its place in {@link reserve} and {@link take}. */
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_SIZE);
  /** Bytes of the buffer that are in use. Writers advance it. */
  length = 0;
  /** True after {@link take} found a full piece: the next buffer should be large. */
  #busy = false;
  #spares: Buffer[] = [];

  /** True while another frame belongs into this piece. */
  get hasRoom(): boolean {
    return this.length < PIECE_SIZE - MARGIN;
  }

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

  /** Hands over the bytes that have gathered, or `undefined` if there are none. */
  take(): Buffer | undefined {
    if (this.length === 0) return undefined;
    const taken = this.bytes.subarray(0, this.length);
    this.#busy = !this.hasRoom;
    this.#begin();
    return taken;
  }

  /** Drops everything that waits. */
  discard(): void {
    this.length = 0;
  }

  /** Gives a taken piece back after it was sent, so that its memory is reused. */
  recycle(taken: Buffer): void {
    // A buffer that grew for a huge frame is not kept.
    if (taken.buffer.byteLength > PIECE_SIZE || this.#spares.length >= MOST_SPARES) return;
    this.#spares.push(Buffer.from(taken.buffer));
  }

  /** Frees the memory that is kept for new bytes. */
  trim(): void {
    this.#spares = [];
  }

  #begin(): void {
    this.bytes = this.#spares.pop() ?? Buffer.allocUnsafeSlow(this.#busy ? PIECE_SIZE : INITIAL_SIZE);
    this.length = 0;
  }
}

/** Below this a loop is faster than the call into native code. */
const SHORT = 48;
