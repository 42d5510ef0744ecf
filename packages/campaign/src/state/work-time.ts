import type { CheckpointRecord } from "../store/checkpoint-record.ts";

/**
 * When a campaign was worked on, by its records with a time. All times are milliseconds since 1970-01-01 UTC.
 */
export class WorkTime {
  startedAt = 0;
  /** When the last run ended; `undefined` during a run and after a killed run. */
  endedAt: number | undefined;
  #past = 0;
  #since: number | undefined;
  #last = 0;

  apply(record: Extract<CheckpointRecord, { readonly at: number }>): void {
    const { kind, at } = record;
    if (kind === "begun") this.startedAt = at;
    if (kind === "working") {
      this.#leave(this.#last);
      this.#since = at;
      this.endedAt = undefined;
    } else if (kind !== "begun") {
      this.#leave(at);
      this.endedAt = at;
    }
    this.#last = at;
  }

  /** Notes that the current run is alive at this instant. */
  touch(at: number): void {
    this.#last = Math.max(this.#last, at);
  }

  /** Milliseconds of work. */
  get duration(): number {
    return this.#past + (this.#since === undefined ? 0 : Math.max(0, this.#last - this.#since));
  }

  #leave(at: number): void {
    if (this.#since !== undefined) this.#past += Math.max(0, at - this.#since);
    this.#since = undefined;
  }
}
