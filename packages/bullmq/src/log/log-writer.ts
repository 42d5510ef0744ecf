import type { FencedLogs, TakenLog } from "./fenced-log.ts";

/** Another owner has taken the log over: what this one has not written yet does not count. */
export class LogTaken extends Error {}

/** Writes the records of one owner, in order. While one write is under way, further records gather for the next one. */
export class LogWriter {
  readonly #logs: FencedLogs;
  readonly #name: string;
  readonly #fence: number;
  #length: number;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  #error: unknown;

  constructor(logs: FencedLogs, name: string, { fence, records }: TakenLog) {
    this.#logs = logs;
    this.#name = name;
    this.#fence = fence;
    this.#length = records.length;
  }

  /** Whether a write has failed: nothing is written from then on. */
  get hasFailed(): boolean {
    return this.#error !== undefined;
  }

  /** Adds a record; {@link LogWriter.flush} writes it. */
  add(record: string): void {
    this.#waiting.push(record);
  }

  /**
   * Resolves when all that was added before is in the store.
   *
   * @throws LogTaken, and what the store throws
   */
  async flush(): Promise<void> {
    // Of a write that is under way, the records were added before; those that wait go with the next one.
    while (this.#writing !== undefined) await this.#writing;
    if (this.#error !== undefined) throw this.#error;
    if (this.#waiting.length === 0) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
    if (this.#error !== undefined) throw this.#error;
  }

  /** Puts these records in place of all. @throws as `flush` */
  async rewrite(records: readonly string[]): Promise<void> {
    await this.flush();
    if ((await this.#logs.rewrite(this.#name, this.#fence, records)) === "stale") throw this.#fail(taken());
    this.#length = records.length;
  }

  async #write(): Promise<void> {
    const records = this.#waiting;
    this.#waiting = [];
    try {
      const written = await this.#logs.append(this.#name, this.#fence, this.#length, records);
      if (written === "stale") throw taken();
      this.#length += records.length;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): unknown {
    this.#error ??= error;
    return error;
  }
}

function taken(): LogTaken {
  return new LogTaken("another worker has taken the range over");
}
