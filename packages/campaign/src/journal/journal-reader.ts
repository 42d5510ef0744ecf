import type { FileHandle } from "node:fs/promises";
import { JournalDamaged } from "../errors.ts";
import { type CheckpointRecord, readRecord } from "../store/checkpoint-record.ts";
import { claimFrame, frameSize, HEAD, holdsFrame, readFrame } from "./frame.ts";

/** The first frame of a journal, directly after the head. */
const FIRST_CLAIM = claimFrame(1);

/** Octets that the reader reads at once, unless a frame is longer. */
const PORTION = 1 << 20;

/**
 * Reads a journal up to the first incomplete frame. Only the last append can leave such a frame, when its
 * process or the power failed. Each append waits until the previous append is durable, so no complete frame
 * can follow.
 */
export class JournalReader {
  readonly #file: Pick<FileHandle, "read" | "stat">;
  readonly #path: string;
  /** Octets up to the end of the last complete frame. */
  end = 0;

  constructor(file: Pick<FileHandle, "read" | "stat">, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /**
   * Yields the records of all complete frames, without the claims' lines.
   *
   * @throws JournalDamaged
   */
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
      // A torn frame may claim a length beyond the end of the file.
      if (bytes.length - at >= Math.min(wanted, size - this.end)) break;
      bytes = await this.#read(this.end, Math.min(wanted, size - this.end));
      at = 0;
    }
    await this.#requireTornTail();
  }

  /**
   * Accepts a new file whose first write, head and claim, reached the disk only in part. Nothing was handed
   * out then.
   *
   * @throws JournalDamaged for any other file
   */
  async #requireTornHead(head: Buffer): Promise<void> {
    if (isLeftOf(HEAD, head)) {
      const { size } = await this.#file.stat();
      const rest = await this.#read(head.length, size - head.length);
      if (isLeftOf(FIRST_CLAIM, rest)) return;
    }
    throw new JournalDamaged(
      `${this.#path} is not a journal of apnskit and was not changed; choose another path`,
    );
  }

  /** @throws JournalDamaged when a complete frame follows: another program changed the middle of the file */
  async #requireTornTail(): Promise<void> {
    const { size } = await this.#file.stat();
    const tail = await this.#read(this.end, Math.max(0, size - this.end));
    // The owner may have completed this frame meanwhile.
    if (readFrame(tail, 0) !== undefined || !holdsFrame(tail.subarray(1))) return;
    throw new JournalDamaged(
      `the journal ${this.#path} is damaged at octet ${this.end} of ${size}, before complete records, ` +
        "and was not changed; restore the file from a copy: without these records, " +
        "recipients might get a push twice",
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

/** Whether these octets are the written octets, with zeros where parts were lost. */
function isLeftOf(written: Buffer, octets: Buffer): boolean {
  return octets.every((octet, at) => octet === 0 || octet === written[at]);
}
