import {
  type Checkpoint,
  type CheckpointRecord,
  type CheckpointStore,
  readRecord,
  writeRecord,
} from "@apnskit/campaign";
import type { FencedLogs, TakenLog } from "./fenced-log.ts";
import { LogWriter } from "./log-writer.ts";

/** A log as the checkpoint store of a campaign or of one range, for `journal` of a `Campaign`. */
export class LogCheckpointStore implements CheckpointStore {
  readonly #logs: FencedLogs;
  readonly #name: string;
  readonly #lost: AbortSignal | undefined;

  /** @param lost fires when the right to the log may be lost */
  constructor(logs: FencedLogs, name: string, lost?: AbortSignal) {
    this.#logs = logs;
    this.#name = name;
    this.#lost = lost;
  }

  /** Takes over the log. This store cannot tell whether its owner lives. */
  async claim(): Promise<LogCheckpoint> {
    return new LogCheckpoint(this.#logs, this.#name, await this.#logs.take(this.#name), this.#lost);
  }

  async *read(): AsyncGenerator<CheckpointRecord> {
    const [texts] = await this.#logs.read([this.#name]);
    yield* recordsOf(texts!);
  }
}

/** The right to write to a log. */
export class LogCheckpoint implements Checkpoint {
  readonly fence: number;
  readonly lost: AbortSignal | undefined;
  /** What this owner has appended, the oldest first. */
  readonly appended: CheckpointRecord[] = [];
  readonly #taken: TakenLog;
  readonly #writer: LogWriter;

  constructor(logs: FencedLogs, name: string, taken: TakenLog, lost: AbortSignal | undefined) {
    this.fence = taken.fence;
    this.lost = lost;
    this.#taken = taken;
    this.#writer = new LogWriter(logs, name, taken);
  }

  async *records(): AsyncGenerator<CheckpointRecord> {
    yield* recordsOf(this.#taken.records);
  }

  async append(records: readonly CheckpointRecord[]): Promise<void> {
    this.#writer.add(...records.map(writeRecord));
    await this.#writer.flush();
    this.appended.push(...records);
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
