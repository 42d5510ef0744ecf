import type { OtherEnd, RangeRecord } from "./range-record.ts";
import { readRecord, writeRecord } from "./range-record.ts";

const PENDING = 0;
const HANDED_OUT = 1;
const ACCEPTED = 2;
const ENDED = 3;
const IN_DOUBT = 4;

/** How far a range has come. */
export interface RangeCounts {
  /** Not handed out yet. */
  readonly pending: number;
  /** Handed out, without an outcome. */
  readonly underWay: number;
  readonly accepted: number;
  /** Rejected, unsent or unknown. */
  readonly otherwise: number;
  /** Left in doubt: not sent again. */
  readonly inDoubt: number;
}

/** What is known of each recipient of a range. It changes by records only, so that the log tells all of it. */
export class RangeState {
  readonly #states: Uint8Array;
  readonly #counts: number[];
  readonly #ends = new Map<number, OtherEnd>();
  /** Indices that were in doubt and were handed out again. */
  readonly #resent = new Set<number>();
  #begun: { readonly hash: string; readonly at: number } | undefined;
  #finishedAt: number | undefined;

  constructor(size: number, records: readonly string[] = []) {
    this.#states = new Uint8Array(size);
    this.#counts = [size, 0, 0, 0, 0];
    for (const text of records) {
      const record = readRecord(text);
      if (record !== undefined) this.apply(record);
    }
  }

  get size(): number {
    return this.#states.length;
  }

  /** When work on the range began, and over which recipients. */
  get begun(): { readonly hash: string; readonly at: number } | undefined {
    return this.#begun;
  }

  /** When everybody had an end; milliseconds since 1970. */
  get finishedAt(): number | undefined {
    return this.#finishedAt;
  }

  /** Whether everybody has an end. */
  get isComplete(): boolean {
    return this.#counts[PENDING] === 0 && this.#counts[HANDED_OUT] === 0;
  }

  get counts(): RangeCounts {
    const [pending, underWay, accepted, otherwise, inDoubt] = this.#counts as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { pending, underWay, accepted, otherwise, inDoubt };
  }

  /** Ends other than accepted. */
  get ends(): Iterable<OtherEnd> {
    return this.#ends.values();
  }

  /** Not handed out yet, in order. */
  pending(): number[] {
    return this.#all(PENDING);
  }

  /** Handed out, without an outcome: when a worker takes the range over, they are in doubt. */
  underWay(): number[] {
    return this.#all(HANDED_OUT);
  }

  /** In doubt and not sent again. */
  inDoubt(): number[] {
    return this.#all(IN_DOUBT);
  }

  /** In doubt and sent again. */
  resent(): number[] {
    return [...this.#resent];
  }

  apply(record: RangeRecord): void {
    switch (record.kind) {
      case "begun":
        this.#begun = { hash: record.hash, at: record.at };
        break;
      case "finished":
        this.#finishedAt = record.at;
        break;
      case "handed-out":
        this.#move(record.indices, HANDED_OUT);
        break;
      case "accepted":
        this.#move(record.indices, ACCEPTED);
        break;
      case "returned":
        this.#move(record.indices, PENDING);
        break;
      case "in-doubt":
        if (record.resend) for (const index of record.indices) this.#resent.add(index);
        this.#move(record.indices, record.resend ? PENDING : IN_DOUBT);
        break;
      case "ended":
        for (const end of record.ends) this.#ends.set(end.index, end);
        this.#move(
          record.ends.map(({ index }) => index),
          ENDED,
        );
    }
  }

  /** The fewest records that make the same state. */
  compact(): string[] {
    const records: RangeRecord[] = [];
    if (this.#begun) records.push({ kind: "begun", ...this.#begun });
    if (this.#resent.size > 0) records.push({ kind: "in-doubt", resend: true, indices: this.resent() });
    const groups = [
      ["accepted", this.#all(ACCEPTED)],
      ["handed-out", this.#all(HANDED_OUT)],
    ] as const;
    for (const [kind, indices] of groups) if (indices.length > 0) records.push({ kind, indices });
    const inDoubt = this.inDoubt();
    if (inDoubt.length > 0) records.push({ kind: "in-doubt", resend: false, indices: inDoubt });
    if (this.#ends.size > 0) records.push({ kind: "ended", ends: [...this.#ends.values()] });
    if (this.#finishedAt !== undefined) records.push({ kind: "finished", at: this.#finishedAt });
    return records.map(writeRecord);
  }

  #move(indices: readonly number[], to: number): void {
    for (const index of indices) {
      const from = this.#states[index];
      if (from === undefined) continue;
      this.#counts[from]!--;
      this.#counts[to]!++;
      this.#states[index] = to;
      if (from === ENDED && to !== ENDED) this.#ends.delete(index);
    }
  }

  #all(state: number): number[] {
    const found: number[] = [];
    for (let index = 0; index < this.#states.length; index++)
      if (this.#states[index] === state) found.push(index);
    return found;
  }
}
