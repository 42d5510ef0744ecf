import { type Checkpoint, type CheckpointRecord, readRecord, writeRecord } from "@apnskit/campaign";
import type { FencedLogs, TakenLog } from "./fenced-log.ts";
import { LogWriter } from "./log-writer.ts";

/** The right to write to a log: the checkpoint of one range. */
export class LogCheckpoint implements Checkpoint {
  readonly fence: number;
  readonly lost: AbortSignal | undefined;
  /** The records at the time of the claim, and those of this owner, the oldest first. */
  readonly known: CheckpointRecord[];
  readonly #writer: LogWriter;

  private constructor(logs: FencedLogs, name: string, taken: TakenLog, lost: AbortSignal) {
    this.fence = taken.fence;
    this.lost = lost;
    this.known = [...recordsOf(taken.records)];
    this.#writer = new LogWriter(logs, name, taken);
  }

  /**
   * Takes over a log, also from an owner that lives.
   *
   * @param lost fires when the right to the log may be lost
   */
  static async claim(logs: FencedLogs, name: string, lost: AbortSignal): Promise<LogCheckpoint> {
    return new LogCheckpoint(logs, name, await logs.take(name), lost);
  }

  async *records(): AsyncGenerator<CheckpointRecord> {
    yield* this.known;
  }

  async append(records: readonly CheckpointRecord[]): Promise<void> {
    this.#writer.add(...records.map(writeRecord));
    await this.#writer.flush();
    this.known.push(...records);
  }

  /**
   * Replaces all records of the log.
   *
   * @throws ClaimLost
   */
  rewrite(records: readonly CheckpointRecord[]): Promise<void> {
    return this.#writer.rewrite(records.map(writeRecord));
  }

  async close(): Promise<void> {
    await this.#writer.flush().catch(() => {});
  }
}

/** Reads the records of a log. Records of later versions are skipped. */
export function* recordsOf(texts: readonly string[]): Generator<CheckpointRecord> {
  for (const text of texts) {
    const record = readRecord(text);
    if (record !== undefined) yield record;
  }
}
