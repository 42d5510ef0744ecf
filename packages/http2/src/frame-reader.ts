import { ErrorCode } from "./error-codes.ts";
import { ProtocolError } from "./errors.ts";
import { FRAME_HEADER_LENGTH } from "./frames.ts";

/** Takes frames when they are complete. The payload is `bytes[start … end)` and is only valid during the call. */
export interface FrameSink {
  frame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
}

/**
 * Cuts a byte stream into frames, wherever the chunks happen to break.
 *
 * A frame within one chunk is handed out in place. A frame that spans chunks is put together in a buffer, and each of its
 * bytes is copied once, so that single bytes cost no more than one chunk.
 */
export class FrameReader {
  readonly #maxFrameSize: number;
  /** The frame begun in an earlier chunk: `#filled` bytes of it are in `#partial`. */
  #partial: Buffer;
  #filled = 0;

  /** @param maxFrameSize the largest accepted payload: this end's SETTINGS_MAX_FRAME_SIZE */
  constructor(maxFrameSize: number) {
    this.#maxFrameSize = maxFrameSize;
    this.#partial = Buffer.allocUnsafeSlow(512);
  }

  /** @throws {@link ProtocolError} FRAME_SIZE_ERROR when a frame is longer than allowed (RFC 9113 §4.2); what the sink throws */
  read(chunk: Buffer, sink: FrameSink): void {
    let at = 0;
    if (this.#filled > 0) {
      at = this.#complete(chunk);
      if (this.#filled > 0 && !this.#isComplete()) return;
      const partial = this.#partial;
      const end = this.#filled;
      this.#filled = 0;
      deliver(partial, 0, end, sink);
    }
    const length = chunk.length;
    while (length - at >= FRAME_HEADER_LENGTH) {
      const end = at + FRAME_HEADER_LENGTH + this.#payloadLength(chunk, at);
      if (end > length) break;
      deliver(chunk, at, end, sink);
      at = end;
    }
    if (at < length) this.#keep(chunk, at, length);
  }

  /** Fills the begun frame from the chunk; returns where the chunk's own frames begin. */
  #complete(chunk: Buffer): number {
    let at = 0;
    if (this.#filled < FRAME_HEADER_LENGTH) {
      at = Math.min(FRAME_HEADER_LENGTH - this.#filled, chunk.length);
      this.#keep(chunk, 0, at);
      if (this.#filled < FRAME_HEADER_LENGTH) return at;
    }
    const missing = FRAME_HEADER_LENGTH + this.#payloadLength(this.#partial, 0) - this.#filled;
    const end = Math.min(at + missing, chunk.length);
    this.#keep(chunk, at, end);
    return end;
  }

  #isComplete(): boolean {
    return (
      this.#filled >= FRAME_HEADER_LENGTH &&
      this.#filled === FRAME_HEADER_LENGTH + this.#payloadLength(this.#partial, 0)
    );
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const needed = this.#filled + end - start;
    if (needed > this.#partial.length) {
      const most = FRAME_HEADER_LENGTH + this.#maxFrameSize;
      const grown = Buffer.allocUnsafeSlow(Math.min(most, Math.max(needed, this.#partial.length * 2)));
      this.#partial.copy(grown, 0, 0, this.#filled);
      this.#partial = grown;
    }
    chunk.copy(this.#partial, this.#filled, start, end);
    this.#filled = needed;
  }

  #payloadLength(bytes: Buffer, at: number): number {
    const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    if (length > this.#maxFrameSize) {
      throw new ProtocolError(
        ErrorCode.FRAME_SIZE_ERROR,
        `frame of ${length} octets, allowed are ${this.#maxFrameSize}`,
      );
    }
    return length;
  }
}

function deliver(bytes: Buffer, at: number, end: number, sink: FrameSink): void {
  const streamId =
    ((bytes[at + 5]! & 0x7f) << 24) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 8) | bytes[at + 8]!;
  sink.frame(bytes[at + 3]!, bytes[at + 4]!, streamId, bytes, at + FRAME_HEADER_LENGTH, end);
}
