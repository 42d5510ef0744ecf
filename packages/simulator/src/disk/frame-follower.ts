import type { CheckpointRecord } from "@apnskit/campaign";

/** What a journal's file begins with. */
const HEAD = Buffer.from("apnskit journal\n", "latin1");
/** Octets before each frame: length and checksum. */
const FRAME_HEAD = 8;

/**
 * Reads the records of a journal's file as more of it becomes durable. Frames that are not whole are left for
 * later.
 */
export class FrameFollower {
  readonly #onRecord: (record: CheckpointRecord) => void;
  #read: Buffer = Buffer.alloc(0);
  #end = 0;

  constructor(onRecord: (record: CheckpointRecord) => void) {
    this.#onRecord = onRecord;
  }

  /** @returns false if records that were read before have disappeared */
  follow(content: Buffer): boolean {
    if (this.#end > 0 && !content.subarray(0, this.#end).equals(this.#read.subarray(0, this.#end)))
      return false;
    this.#read = content;
    if (this.#end === 0) {
      // Torn, too: of several writes, a loss of power has left some.
      if (!content.subarray(0, HEAD.length).equals(HEAD)) return true;
      this.#end = HEAD.length;
    }
    for (;;) {
      if (content.length - this.#end < FRAME_HEAD) return true;
      const from = this.#end + FRAME_HEAD;
      const to = from + content.readUInt32LE(this.#end);
      if (to > content.length || to <= from) return true;
      if (!this.#readPayload(content.toString("utf8", from, to))) return true;
      this.#end = to;
    }
  }

  #readPayload(text: string): boolean {
    let records: CheckpointRecord[];
    try {
      records = text.split("\n").map((line) => JSON.parse(line) as CheckpointRecord);
    } catch {
      // Torn: a loss of power has left zeros, or earlier octets.
      return false;
    }
    // The line of a claim has no kind.
    for (const record of records) if (record.kind !== undefined) this.#onRecord(record);
    return true;
  }
}
