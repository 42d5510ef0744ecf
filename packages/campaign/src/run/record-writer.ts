import type { Clock, Timer } from "apnskit";
import type { CheckpointRecord } from "../store/checkpoint-record.ts";
import type { Checkpoint } from "../store/checkpoint-store.ts";

/** Milliseconds from the beginning of one append to the next, unless the client waits for recipients. */
export const INTERVAL = 50;

/** The records to write now. */
export interface Batch {
  readonly records: readonly CheckpointRecord[];
  /** The writer calls this when the records are durable. */
  readonly release: () => void;
}

/** Appends records to a checkpoint in groups, one append at a time. */
export class RecordWriter {
  readonly #checkpoint: Checkpoint;
  readonly #clock: Clock;
  readonly #gather: () => Batch;
  readonly #onFailure: (error: unknown) => void;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #wanted: "soon" | "now" | undefined;
  #began = Number.NEGATIVE_INFINITY;
  #failure: { readonly error: unknown } | undefined;

  /** @param gather returns the records to write, right before each append */
  constructor(
    checkpoint: Checkpoint,
    clock: Clock,
    gather: () => Batch,
    onFailure: (error: unknown) => void,
  ) {
    this.#checkpoint = checkpoint;
    this.#clock = clock;
    this.#gather = gather;
    this.#onFailure = onFailure;
  }

  /** Says that records wait to be written: within the interval, or at once. */
  wake(when: "soon" | "now"): void {
    if (this.#failure !== undefined || (this.#wanted === "soon" && when === "soon")) return;
    if (this.#wanted === undefined || when === "now") this.#wanted = when;
    if (this.#writing === undefined) this.#schedule();
  }

  /**
   * Resolves when all records that waited before the call are durable.
   *
   * @throws errors of the checkpoint
   */
  async settle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#failure === undefined) await this.#write();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #schedule(): void {
    const wait = this.#wanted === "now" ? 0 : this.#began + INTERVAL - this.#clock.now();
    if (wait > 0) {
      this.#timer ??= this.#clock.setTimer(() => this.#onTimer(), wait);
      return;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    void this.#write();
  }

  #onTimer(): void {
    this.#timer = undefined;
    if (this.#writing === undefined) void this.#write();
  }

  #write(): Promise<void> {
    this.#wanted = undefined;
    this.#began = this.#clock.now();
    this.#writing = this.#append().finally(() => {
      this.#writing = undefined;
      if (this.#wanted !== undefined) this.#schedule();
    });
    return this.#writing;
  }

  async #append(): Promise<void> {
    try {
      const { records, release } = this.#gather();
      // `release` never runs synchronously, because the caller of `wake` is in the middle of its own work.
      await (records.length > 0 ? this.#checkpoint.append(records) : undefined);
      release();
    } catch (error) {
      this.#failure = { error };
      this.#wanted = undefined;
      this.#onFailure(error);
    }
  }
}
