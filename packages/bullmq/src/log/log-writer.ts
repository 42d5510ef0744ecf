import { ClaimLost } from "@apnskit/campaign";
import type { FencedLogs, TakenLog } from "./fenced-log.ts";

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

  /** Adds records; {@link LogWriter.flush} writes them, as a whole or not at all. */
  add(...records: readonly string[]): void {
    this.#waiting.push(...records);
  }

  /**
   * Resolves when all that was added before is in the store.
   *
   * @throws ClaimLost, and what the store throws
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
  return new ClaimLost("another worker has taken this part of the campaign over");
}
