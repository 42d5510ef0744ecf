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
  /** The memory behind `#bytes`, if the decoder allocated it. Its end may be free for more bytes. */
  #store: Buffer | undefined = undefined;
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

  /**
   * Whether the bytes so far end in the middle of a frame: the value of {@link isMidFrame} once all complete
   * frames are taken out. Takes nothing out. Bytes after a malformed frame are no frame.
   */
  get endsMidFrame(): boolean {
    if (this.#oversize !== undefined) return this.#oversize.left > this.buffered;
    if (this.buffered === 0) return false;
    const rest = new NotificationDecoder({ payloadLimit: this.#payloadLimit });
    rest.push(this.#bytes.subarray(this.#at));
    while (rest.next() !== undefined);
    return rest.isMidFrame;
  }

  /** Whether there was a malformed frame. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes bytes in, without copying them if no others wait: do not write to them. */
  push(chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.buffered > 0) this.#append(chunk);
    else {
      this.#bytes = chunk;
      this.#at = 0;
    }
  }

  /**
   * The first chunk behind waiting bytes gets a copy of the exact size. With more chunks the memory doubles,
   * so that a busy reader does not copy all bytes for each chunk. Frames are views of this memory: free space
   * at its end is filled, and used space never changes.
   */
  #append(chunk: Buffer): void {
    const store = this.#store;
    const end = this.#bytes.length;
    if (store !== undefined && store.length - end >= chunk.length) {
      chunk.copy(store, end);
      this.#bytes = store.subarray(0, end + chunk.length);
      return;
    }
    const waits = this.buffered;
    const length = waits + chunk.length;
    const grown = Buffer.allocUnsafeSlow(store === undefined ? length : 2 * length);
    this.#bytes.copy(grown, 0, this.#at);
    chunk.copy(grown, waits);
    this.#store = grown;
    this.#bytes = grown.subarray(0, length);
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
    this.#letGo();
  }

  #end(): void {
    this.#isOver = true;
    this.#oversize = undefined;
    this.#letGo();
  }

  #letGo(): void {
    this.#bytes = EMPTY;
    this.#store = undefined;
    this.#at = 0;
  }
}
