import type { FileHandle } from "node:fs/promises";
import { ClaimLost, JournalFailed } from "../errors.ts";
import { type CheckpointRecord, writeRecord } from "../store/checkpoint-record.ts";
import type { Checkpoint } from "../store/checkpoint-store.ts";
import { claimFrame, HEAD, writeFrame } from "./frame.ts";
import type { JournalLock } from "./journal-lock.ts";
import { JournalReader } from "./journal-reader.ts";

/** The claim on a file journal. It appends behind the last complete frame. */
export class FileClaim implements Checkpoint {
  fence = 1;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #lock: JournalLock;
  #end: number;
  #failure: JournalFailed | undefined;
  #closed = false;

  private constructor(path: string, file: FileHandle, lock: JournalLock, end: number) {
    this.#path = path;
    this.#file = file;
    this.#lock = lock;
    this.#end = end;
  }

  /**
   * Cuts off a torn tail, and writes the claim.
   *
   * @throws JournalDamaged, and file system errors
   */
  static async begin(path: string, file: FileHandle, lock: JournalLock): Promise<FileClaim> {
    const reader = new JournalReader(file, path);
    let fence = 0;
    for await (const lines of reader.lines()) {
      if (lines[0]!.startsWith('{"claim":')) fence = (JSON.parse(lines[0]!) as { claim: number }).claim;
    }
    const claim = new FileClaim(path, file, lock, reader.end);
    claim.fence = fence + 1;
    await file.truncate(reader.end);
    // The last owner may have been killed between its last write and the sync. A power loss could otherwise keep what
    // this process writes and lose what is before it.
    await file.datasync();
    await claim.#begin();
    return claim;
  }

  records(): AsyncIterable<CheckpointRecord> {
    return new JournalReader(this.#file, this.#path).records();
  }

  /** @throws ClaimLost, JournalFailed */
  async append(records: readonly CheckpointRecord[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed || !(await this.#lock.isHeld())) {
      throw new ClaimLost(
        `another process has taken over the journal ${this.#path}; this process has stopped`,
      );
    }
    try {
      await this.#write(writeFrame(records.map(writeRecord)));
    } catch (error) {
      const { code = "unexpected error" } = error as NodeJS.ErrnoException;
      const message = `the journal ${this.#path} cannot be written: ${code}; fix the cause and resume the campaign`;
      this.#failure = new JournalFailed(message, { cause: error });
      throw this.#failure;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#file.close();
    } finally {
      await this.#lock.release();
    }
  }

  async #begin(): Promise<void> {
    const frame = claimFrame(this.fence);
    await this.#write(this.#end === 0 ? Buffer.concat([HEAD, frame]) : frame);
  }

  async #write(frame: Buffer): Promise<void> {
    let written = 0;
    while (written < frame.length) {
      const rest = frame.length - written;
      written += (await this.#file.write(frame, written, rest, this.#end + written)).bytesWritten;
    }
    await this.#file.datasync();
    this.#end += frame.length;
  }
}
