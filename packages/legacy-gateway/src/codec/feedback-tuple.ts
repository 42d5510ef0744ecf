/**
 * One dead device token, as the feedback service reports it ("Binary Provider API", "The Feedback Service").
 */
export interface FeedbackTuple {
  /** When APNs found that the app is gone from the device; whole seconds since 1970. */
  readonly timestamp: number;
  /** The device token's bytes, 1 … 65,535; real ones have 32. */
  readonly token: Uint8Array;
}

/** Bytes of timestamp and token length. */
const HEADER = 6;

/** A tuple as the feedback service writes it. */
export function encodeFeedbackTuple({ timestamp, token }: FeedbackTuple): Buffer {
  const tuple = Buffer.allocUnsafe(HEADER + token.length);
  tuple.writeUInt16BE(token.length, tuple.writeUInt32BE(timestamp));
  tuple.set(token, HEADER);
  return tuple;
}

/** Reads the output of a feedback service in pieces of any size. Keeps less than one tuple: 65,541 bytes. */
export class FeedbackDecoder {
  #bytes: Buffer = Buffer.alloc(0);

  /** Whether a tuple is incomplete. At the end of the stream this means that the service was cut off. */
  get isMidTuple(): boolean {
    return this.#bytes.length > 0;
  }

  /** Takes bytes in; returns the tuples that are now complete. Their tokens are copies. */
  push(chunk: Uint8Array): FeedbackTuple[] {
    const bytes = Buffer.concat([this.#bytes, chunk]);
    const tuples: FeedbackTuple[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const end = at + HEADER + bytes.readUInt16BE(at + 4);
      if (end > bytes.length) break;
      tuples.push({
        timestamp: bytes.readUInt32BE(at),
        token: Uint8Array.from(bytes.subarray(at + HEADER, end)),
      });
      at = end;
    }
    this.#bytes = bytes.subarray(at);
    return tuples;
  }
}
