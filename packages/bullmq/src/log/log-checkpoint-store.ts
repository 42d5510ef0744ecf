import {
  type Checkpoint,
  type CheckpointRecord,
  type CheckpointStore,
  readRecord,
  writeRecord,
} from "@apnskit/campaign";
import type { FencedLogs, TakenLog } from "./fenced-log.ts";
import { LogWriter } from "./log-writer.ts";

/** A log as the checkpoints of a campaign, or of one range: for `journal` of a `Campaign`. */
export class LogCheckpointStore implements CheckpointStore {
  readonly #logs: FencedLogs;
  readonly #name: string;

  constructor(logs: FencedLogs, name: string) {
    this.#logs = logs;
    this.#name = name;
  }

  /** Takes the log over; this store cannot tell whether its owner lives. */
  async claim(): Promise<Checkpoint> {
    return new LogCheckpoint(this.#logs, this.#name, await this.#logs.take(this.#name));
  }

  async *read(): AsyncGenerator<CheckpointRecord> {
    const [texts] = await this.#logs.read([this.#name]);
    yield* recordsOf(texts!);
  }
}

class LogCheckpoint implements Checkpoint {
  readonly fence: number;
  readonly #taken: TakenLog;
  readonly #writer: LogWriter;

  constructor(logs: FencedLogs, name: string, taken: TakenLog) {
    this.fence = taken.fence;
    this.#taken = taken;
    this.#writer = new LogWriter(logs, name, taken);
  }

  async *records(): AsyncGenerator<CheckpointRecord> {
    yield* recordsOf(this.#taken.records);
  }

  append(records: readonly CheckpointRecord[]): Promise<void> {
    this.#writer.add(...records.map(writeRecord));
    return this.#writer.flush();
  }

  async close(): Promise<void> {
    await this.#writer.flush().catch(() => {});
  }
}

function* recordsOf(texts: readonly string[]): Generator<CheckpointRecord> {
  for (const text of texts) {
    const record = readRecord(text);
    if (record !== undefined) yield record;
  }
}
