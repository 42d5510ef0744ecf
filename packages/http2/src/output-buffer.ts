import { DEFAULT_MAX_FRAME_SIZE, FRAME_HEADER_LENGTH, type FrameType } from "./frames.ts";

const INITIAL_SIZE = 16_384;

/** What gathers is cut into pieces of this size: larger ones cost copies, and save nothing. */
const PIECE_SIZE = 131_072;

/** A piece is cut when it has less room than this left: the next frame fits, as a rule, and it need not grow. */
const MARGIN = DEFAULT_MAX_FRAME_SIZE + 1_024;

/** Pieces that have been sent are kept for new bytes, so many at most: what a thousand requests of 4 KB take. */
const MOST_SPARES = 36;

/**
 * Bytes that wait to be sent. Many frames gather in one buffer and leave in one write; when it is large enough, another one is
 * begun.
 *
 *     take() ◀── piece ◀── piece ◀── cut() ── bytes[0 … length) ◀── writers
 *
 * Writers call {@link reserve} once for all that they are about to write, then store into {@link bytes} directly.
 */
export class OutputBuffer {
  /** Where writers store; another buffer takes its place in {@link reserve}, {@link cut} and {@link take}. */
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_SIZE);
  /** Bytes of it that are in use; whoever writes past them moves it on. */
  length = 0;
  readonly #pieces: { readonly bytes: Buffer; readonly mark: number }[] = [];
  #inPieces = 0;
  #takenMark = 0;
  #spares: Buffer[] = [];

  /** All bytes that wait. */
  get waiting(): number {
    return this.#inPieces + this.length;
  }

  /** The mark of what was taken last; see {@link cut}. */
  get takenMark(): number {
    return this.#takenMark;
  }

  /**
   * To be called between frames: begins another piece if this one is large enough.
   *
   * @param mark is remembered with the piece, for {@link takenMark}
   */
  cut(mark: number): void {
    if (this.length < PIECE_SIZE - MARGIN) return;
    this.#pieces.push({ bytes: this.bytes.subarray(0, this.length), mark });
    this.#inPieces += this.length;
    this.#begin(PIECE_SIZE);
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

  /**
   * Hands over the oldest piece, or what has gathered if there is none; `undefined` if that is nothing.
   *
   * @param mark belongs to what has gathered, for {@link takenMark}
   */
  take(mark = 0): Buffer | undefined {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#inPieces -= piece.bytes.length;
      this.#takenMark = piece.mark;
      return piece.bytes;
    }
    if (this.length === 0) return undefined;
    const taken = this.bytes.subarray(0, this.length);
    this.#takenMark = mark;
    this.#begin(INITIAL_SIZE);
    return taken;
  }

  /** Forgets everything that waits. */
  discard(): void {
    this.#pieces.length = 0;
    this.#inPieces = 0;
    this.length = 0;
  }

  /** Gives a taken piece back once it has been sent, so that its memory serves again. */
  recycle(taken: Buffer): void {
    // One that had to hold something huge is not kept.
    if (taken.buffer.byteLength > PIECE_SIZE || this.#spares.length >= MOST_SPARES) return;
    this.#spares.push(Buffer.from(taken.buffer));
  }

  /** Frees the memory that is kept for new bytes. */
  trim(): void {
    this.#spares = [];
  }

  #begin(size: number): void {
    this.bytes = this.#spares.pop() ?? Buffer.allocUnsafeSlow(size);
    this.length = 0;
  }
}

/** Below this a loop beats the call into native code. */
const SHORT = 48;
