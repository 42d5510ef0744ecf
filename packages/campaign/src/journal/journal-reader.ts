import type { FileHandle } from "node:fs/promises";
import { JournalDamaged } from "../errors.ts";
import { type CheckpointRecord, readRecord } from "../store/checkpoint-record.ts";
import { claimFrame, frameSize, HEAD, holdsFrame, readFrame } from "./frame.ts";

/** What the first write has behind the head. */
const FIRST_CLAIM = claimFrame(1);

/** Octets that are read at once, unless a frame is longer. */
const PORTION = 1 << 20;

/**
 * Reads a journal from its beginning up to the first frame that is not whole. That one is what the last append left when
 * its process or the power failed: each append waits until the one before is durable, so that nothing whole follows.
 */
export class JournalReader {
  readonly #file: Pick<FileHandle, "read" | "stat">;
  readonly #path: string;
  /** Octets up to the end of the last whole frame. */
  end = 0;

  constructor(file: Pick<FileHandle, "read" | "stat">, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** The records of all whole frames; the line of a claim is none. @throws JournalDamaged */
  async *records(): AsyncGenerator<CheckpointRecord> {
    for await (const lines of this.lines()) {
      for (const line of lines) {
        const record = readRecord(line);
        if (record !== undefined) yield record;
      }
    }
  }

  /** @throws JournalDamaged */
  async *lines(): AsyncGenerator<string[]> {
    const head = await this.#read(0, HEAD.length);
    if (!head.equals(HEAD)) {
      await this.#requireTornHead(head);
      return;
    }
    this.end = HEAD.length;
    let bytes: Buffer = Buffer.alloc(0);
    let at = 0;
    for (;;) {
      const lines = readFrame(bytes, at);
      if (lines !== undefined) {
        const size = frameSize(bytes, at);
        at += size;
        this.end += size;
        yield lines;
        continue;
      }
      const wanted = Math.max(PORTION, frameSize(bytes, at));
      const { size } = await this.#file.stat();
      // A frame may claim to be longer than the file is: then it is torn.
      if (bytes.length - at >= Math.min(wanted, size - this.end)) break;
      bytes = await this.#read(this.end, Math.min(wanted, size - this.end));
      at = 0;
    }
    await this.#requireTornTail();
  }

  /**
   * A file that was made, but whose first write, head and claim, reached the disk in part only: nothing was handed out.
   *
   * @throws JournalDamaged for another file
   */
  async #requireTornHead(head: Buffer): Promise<void> {
    if (isLeftOf(HEAD, head)) {
      const { size } = await this.#file.stat();
      const rest = await this.#read(head.length, size - head.length);
      if (isLeftOf(FIRST_CLAIM, rest)) return;
    }
    throw new JournalDamaged(
      `${this.#path} is not a journal of apnskit; it was left as it is. Choose another path`,
    );
  }

  /** @throws JournalDamaged when whole frames follow: something else has changed the file in its middle */
  async #requireTornTail(): Promise<void> {
    const { size } = await this.#file.stat();
    const tail = await this.#read(this.end, Math.max(0, size - this.end));
    // The owner may just have finished to write it.
    if (readFrame(tail, 0) !== undefined || !holdsFrame(tail.subarray(1))) return;
    throw new JournalDamaged(
      `the journal ${this.#path} is damaged at octet ${this.end} of ${size}, with whole records behind it; ` +
        "it was left as it is. Restore it from a copy: without these records, recipients might get a push twice",
    );
  }

  async #read(from: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    let read = 0;
    while (read < length) {
      const { bytesRead } = await this.#file.read(bytes, read, length - read, from + read);
      if (bytesRead === 0) break;
      read += bytesRead;
    }
    return bytes.subarray(0, read);
  }
}

/** Whether these octets are what was written, or zeros in its place, whatever parts were lost. */
function isLeftOf(written: Buffer, octets: Buffer): boolean {
  return octets.every((octet, at) => octet === 0 || octet === written[at]);
}
