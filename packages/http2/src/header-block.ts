import { ErrorCode } from "./error-codes.ts";
import { ProtocolError } from "./errors.ts";
import type { Limits } from "./limits.ts";

const noOctets = Buffer.alloc(0);
/** Minimum size of the first buffer of a block, in octets. */
const LEAST_OCTETS = 256;

type BlockLimits = Pick<Limits, "maxContinuations" | "maxHeaderBlockLength">;

/** A header block that is not complete yet: CONTINUATION frames must follow (RFC 9113 §4.3). */
export class HeaderBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly #limits: BlockLimits;
  /** Holds the fragments so far. All share one buffer, since a server may send each octet separately. */
  #octets: Buffer = noOctets;
  #length = 0;
  /** HEADERS and CONTINUATION frames so far. */
  #frames = 0;

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
    if (this.#frames > maxContinuations) {
      throw new ProtocolError(
        ErrorCode.ENHANCE_YOUR_CALM,
        `more than ${maxContinuations} CONTINUATION frames`,
      );
    }
    this.#frames++;
    const length = this.#length + end - start;
    checkBlockLength(length, this.#limits);
    if (length > this.#octets.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#octets.length * 2, LEAST_OCTETS));
      this.#octets.copy(grown, 0, 0, this.#length);
      this.#octets = grown;
    }
    bytes.copy(this.#octets, this.#length, start, end);
    this.#length = length;
  }

  /** The fragments in one piece. */
  join(): Buffer {
    return this.#octets.subarray(0, this.#length);
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
