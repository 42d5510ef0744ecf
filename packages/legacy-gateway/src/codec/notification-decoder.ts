import type { Frame, MalformedFrame } from "./frames.ts";
import { readItems, statusOfLengths } from "./items.ts";
import { FRAME_LIMIT, PAYLOAD_LIMIT, SMALL_ITEMS, TOKEN_LIMIT } from "./limits.ts";
import { OversizeFrame } from "./oversize-frame.ts";
import { Status } from "./status.ts";

const EMPTY = Buffer.alloc(0);
/** Bytes before the token's length. */
const SIMPLE_HEADER = 1;
const ENHANCED_HEADER = 9;
const ITEMS_HEADER = 5;

/**
 * Cuts a client's bytes into frames ("Binary Provider API", "Legacy Notification Format"). No I/O: bytes go
 * in in pieces of any size, and frames come out one by one, so a busy reader can leave frames inside.
 *
 * After a {@link MalformedFrame} the rest of the connection has no meaning: the decoder yields nothing more
 * and keeps nothing. Of an incomplete frame it keeps only bytes that can still become a notification.
 */
export class NotificationDecoder {
  readonly #payloadLimit: number;
  #bytes: Buffer = EMPTY;
  #at = 0;
  #oversize: OversizeFrame | undefined = undefined;
  #isOver = false;

  /** @param payloadLimit bytes of the longest payload. Default 2,048, from 1 */
  constructor({ payloadLimit = PAYLOAD_LIMIT }: { readonly payloadLimit?: number } = {}) {
    this.#payloadLimit = payloadLimit;
  }

  /** Bytes of frames that were not taken out yet, and of an incomplete frame. */
  get buffered(): number {
    return this.#bytes.length - this.#at;
  }

  /** Whether a frame is incomplete. Also true while complete frames wait. */
  get isMidFrame(): boolean {
    return this.buffered > 0 || this.#oversize !== undefined;
  }

  /** Whether there was a malformed frame. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes bytes in without copying them: do not write to them. */
  push(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bytes = this.buffered === 0 ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** The next frame; `undefined` until it is complete. */
  next(): Frame | undefined {
    if (this.#oversize !== undefined) return this.#continueOversize(this.#oversize);
    if (this.#isOver || this.buffered === 0) return undefined;
    switch (this.#bytes[this.#at]) {
      case 0:
        return this.#simple();
      case 1:
        return this.#enhanced();
      case 2:
        return this.#items();
      default:
        return this.#refuse(Status.protocolError, undefined);
    }
  }

  #simple(): Frame | undefined {
    const lengthAt = this.#at + SIMPLE_HEADER;
    if (this.#bytes.length < lengthAt + 2) return undefined;
    return this.#tokenAndPayload(0, lengthAt, undefined, undefined);
  }

  #enhanced(): Frame | undefined {
    const lengthAt = this.#at + ENHANCED_HEADER;
    if (this.#bytes.length < lengthAt + 2) return undefined;
    const identifier = this.#bytes.readUInt32BE(this.#at + 1);
    return this.#tokenAndPayload(1, lengthAt, identifier, this.#bytes.readUInt32BE(this.#at + 5));
  }

  /**
   * The end of commands 0 and 1. An impossible length is refused at once, without waiting for further bytes.
   */
  #tokenAndPayload(
    command: 0 | 1,
    lengthAt: number,
    identifier: number | undefined,
    expiry: number | undefined,
  ): Frame | undefined {
    const bytes = this.#bytes;
    const tokenLength = bytes.readUInt16BE(lengthAt);
    if (tokenLength === 0) return this.#refuse(Status.missingDeviceToken, identifier);
    if (tokenLength > TOKEN_LIMIT) return this.#refuse(Status.invalidTokenSize, identifier);
    const tokenAt = lengthAt + 2;
    const payloadLengthAt = tokenAt + tokenLength;
    if (bytes.length < payloadLengthAt + 2) return undefined;
    const payloadLength = bytes.readUInt16BE(payloadLengthAt);
    const status = statusOfLengths(tokenLength, payloadLength, this.#payloadLimit);
    if (status !== undefined) return this.#refuse(status, identifier);
    const payloadAt = payloadLengthAt + 2;
    const end = payloadAt + payloadLength;
    if (bytes.length < end) return undefined;
    this.#advanceTo(end);
    return {
      command,
      token: bytes.subarray(tokenAt, payloadLengthAt),
      payload: bytes.subarray(payloadAt, end),
      identifier,
      expiry,
      priority: undefined,
    };
  }

  #items(): Frame | undefined {
    const from = this.#at + ITEMS_HEADER;
    if (this.#bytes.length < from) return undefined;
    const length = this.#bytes.readUInt32BE(this.#at + 1);
    if (length > FRAME_LIMIT) return this.#refuse(Status.protocolError, undefined);
    const end = from + length;
    if (length > this.#payloadLimit + TOKEN_LIMIT + SMALL_ITEMS) {
      this.#advanceTo(from);
      this.#oversize = new OversizeFrame(length, this.#payloadLimit);
      return this.#continueOversize(this.#oversize);
    }
    if (this.#bytes.length < end) return undefined;
    const bytes = this.#bytes;
    this.#advanceTo(end);
    const frame = readItems(bytes, from, end, this.#payloadLimit);
    if ("status" in frame) this.#end();
    return frame;
  }

  #continueOversize(oversize: OversizeFrame): MalformedFrame | undefined {
    this.#advanceTo(this.#at + oversize.take(this.#bytes, this.#at));
    const { result } = oversize;
    if (result !== undefined) this.#end();
    return result;
  }

  #refuse(status: Status, identifier: number | undefined): MalformedFrame {
    const command = this.#bytes[this.#at]!;
    this.#end();
    return { command, status, identifier };
  }

  #advanceTo(at: number): void {
    if (at < this.#bytes.length) {
      this.#at = at;
      return;
    }
    // The chunk is let go of.
    this.#bytes = EMPTY;
    this.#at = 0;
  }

  #end(): void {
    this.#isOver = true;
    this.#oversize = undefined;
    this.#bytes = EMPTY;
    this.#at = 0;
  }
}
