import { runsOf } from "../state/runs.ts";
import type { CheckpointRecord, End } from "../store/checkpoint-record.ts";

/** Outcomes that wait to be written to the store. */
export class OutcomeGroup {
  #accepted: number[] = [];
  #ends: End[] = [];
  #returned: number[] = [];

  get isEmpty(): boolean {
    return this.#accepted.length + this.#ends.length + this.#returned.length === 0;
  }

  accept(index: number): void {
    this.#accepted.push(index);
  }

  end(end: End): void {
    this.#ends.push(end);
  }

  giveBack(index: number): void {
    this.#returned.push(index);
  }

  /** Returns the records of the group, and empties it. */
  take(): CheckpointRecord[] {
    const records: CheckpointRecord[] = [];
    if (this.#accepted.length > 0) records.push({ kind: "accepted", runs: runsOf(this.#accepted) });
    if (this.#ends.length > 0) records.push({ kind: "ended", ends: this.#ends });
    if (this.#returned.length > 0) records.push({ kind: "returned", runs: runsOf(this.#returned) });
    this.#accepted = [];
    this.#ends = [];
    this.#returned = [];
    return records;
  }
}
