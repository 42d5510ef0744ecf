import { ErrorCode } from "./error-codes.ts";
import { ProtocolError } from "./errors.ts";
import type { Limits } from "./limits.ts";

type BlockLimits = Pick<Limits, "maxContinuations" | "maxHeaderBlockLength">;

/** A header block that is not complete yet: CONTINUATION frames must follow (RFC 9113 §4.3). */
export class HeaderBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly #limits: BlockLimits;
  readonly #parts: Buffer[] = [];
  #length = 0;

  constructor(streamId: number, endStream: boolean, limits: BlockLimits) {
    this.streamId = streamId;
    this.endStream = endStream;
    this.#limits = limits;
  }

  /**
   * Adds the fragment of a frame, which is copied.
   *
   * @throws {@link ProtocolError} ENHANCE_YOUR_CALM for one frame too many, or a block that gets too long
   */
  add(bytes: Buffer, start: number, end: number): void {
    const { maxContinuations } = this.#limits;
    if (this.#parts.length > maxContinuations) {
      throw new ProtocolError(
        ErrorCode.ENHANCE_YOUR_CALM,
        `more than ${maxContinuations} CONTINUATION frames`,
      );
    }
    this.#length += end - start;
    checkBlockLength(this.#length, this.#limits);
    this.#parts.push(Buffer.from(bytes.subarray(start, end)));
  }

  /** The fragments in one piece. */
  join(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }
}

/** @throws {@link ProtocolError} ENHANCE_YOUR_CALM for a block that is too long */
export function checkBlockLength(length: number, { maxHeaderBlockLength }: BlockLimits): void {
  if (length <= maxHeaderBlockLength) return;
  throw new ProtocolError(
    ErrorCode.ENHANCE_YOUR_CALM,
    `header block of more than ${maxHeaderBlockLength} octets`,
  );
}
