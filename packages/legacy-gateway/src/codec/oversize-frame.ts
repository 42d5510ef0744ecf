import type { MalformedFrame } from "./frames.ts";
import { statusOfLengths } from "./items.ts";
import { ITEM_HEADER, Item } from "./limits.ts";
import { Status } from "./status.ts";

/**
 * A frame of command 2 that is longer than a notification can be. The decoder reads it to its end without
 * keeping it: the client must learn which notification was too long, and the identifier may come last.
 */
export class OversizeFrame {
  readonly #payloadLimit: number;
  /** Bytes of the frame that are still to come. */
  #left: number;
  /** Of these, bytes of the item that is being skipped. */
  #skip = 0;
  #token = 0;
  #payload = 0;
  #identifier: number | undefined = undefined;

  /** @param length of the frame, without command and length */
  constructor(length: number, payloadLimit: number) {
    this.#left = length;
    this.#payloadLimit = payloadLimit;
  }

  /** Bytes of the frame that were not taken. */
  get left(): number {
    return this.#left;
  }

  /**
   * Takes bytes from `at` on. Returns how many it has used: fewer than available if the frame has ended, or
   * if an item's header is incomplete.
   */
  take(bytes: Buffer, at: number): number {
    const from = at;
    while (this.#left > 0) {
      const available = bytes.length - at;
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, available);
        if (count === 0) break;
        at += this.#use(count);
        this.#skip -= count;
        continue;
      }
      if (this.#left < ITEM_HEADER) {
        const count = Math.min(this.#left, available);
        if (count === 0) break;
        at += this.#use(count);
        continue;
      }
      if (available < ITEM_HEADER) break;
      const length = bytes.readUInt16BE(at + 1);
      const isIdentifier = bytes[at] === Item.identifier && length === 4 && this.#left >= ITEM_HEADER + 4;
      if (isIdentifier && available < ITEM_HEADER + 4) break;
      if (isIdentifier) this.#identifier ??= bytes.readUInt32BE(at + ITEM_HEADER);
      if (bytes[at] === Item.token) this.#token ||= length;
      if (bytes[at] === Item.payload) this.#payload ||= length;
      at += this.#use(ITEM_HEADER);
      this.#skip = Math.min(length, this.#left);
    }
    return at - from;
  }

  /** The result, once the frame has ended. */
  get result(): MalformedFrame | undefined {
    if (this.#left > 0) return undefined;
    const status = statusOfLengths(this.#token, this.#payload, this.#payloadLimit);
    return { command: 2, status: status ?? Status.protocolError, identifier: this.#identifier };
  }

  #use(count: number): number {
    this.#left -= count;
    return count;
  }
}
