import { ClaimLost } from "@apnskit/campaign";
import type { FencedLogs, TakenLog } from "./fenced-log.ts";

/** Writes the records of one owner, in order. During a write, further records gather for the next write. */
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

  /** Whether a write has failed. The writer then writes nothing more. */
  get hasFailed(): boolean {
    return this.#error !== undefined;
  }

  /** Adds records. {@link LogWriter.flush} writes them completely or not at all. */
  add(...records: readonly string[]): void {
    this.#waiting.push(...records);
  }

  /**
   * Resolves when all records that were added before the call are in the store.
   *
   * @throws ClaimLost, and errors of the store
   */
  async flush(): Promise<void> {
    // The current write may lack the newest records. They are part of the next write.
    while (this.#writing !== undefined) await this.#writing;
    if (this.#error !== undefined) throw this.#error;
    if (this.#waiting.length === 0) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
    if (this.#error !== undefined) throw this.#error;
  }

  /** Replaces all records of the log. @throws the same errors as `flush` */
  async rewrite(records: readonly string[]): Promise<void> {
    await this.flush();
    if ((await this.#logs.rewrite(this.#name, this.#fence, records)) === "stale") throw this.#fail(lost());
    this.#length = records.length;
  }

  async #write(): Promise<void> {
    const records = this.#waiting;
    this.#waiting = [];
    try {
      const written = await this.#logs.append(this.#name, this.#fence, this.#length, records);
      if (written === "stale") throw lost();
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

function lost(): ClaimLost {
  return new ClaimLost("another worker has taken over this part of the campaign");
}
