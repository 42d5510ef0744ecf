import {
  type CampaignIdentity,
  type CheckpointRecord,
  type End,
  readRecord,
  writeRecord,
} from "@apnskit/campaign";
import { placesOf, runsOf } from "./runs.ts";

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

/**
 * What is known of each recipient of a range. It changes by records only, so that the log tells all of it. Places count
 * within the campaign.
 */
export class RangeState {
  /** Place of the first recipient. */
  readonly from: number;
  readonly size: number;
  readonly #states: Uint8Array;
  readonly #counts: number[];
  readonly #ends = new Map<number, End>();
  /** Places that were in doubt and were handed out again. */
  readonly #resent = new Set<number>();
  #begun: { readonly at: number; readonly identity: CampaignIdentity } | undefined;
  #hash: string | undefined;
  #finishedAt: number | undefined;

  /** @param records text of the log, the oldest first */
  constructor(from: number, size: number, records: readonly string[] = []) {
    this.from = from;
    this.size = size;
    this.#states = new Uint8Array(size);
    this.#counts = [size, 0, 0, 0, 0];
    for (const text of records) {
      const record = readRecord(text);
      if (record !== undefined) this.apply(record);
    }
  }

  /** When work on the range began, and as part of which campaign. */
  get begun(): { readonly at: number; readonly identity: CampaignIdentity } | undefined {
    return this.#begun;
  }

  /** Of the recipients in their order. */
  get hash(): string | undefined {
    return this.#hash;
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
  get ends(): Iterable<End> {
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

  apply(record: CheckpointRecord): void {
    switch (record.kind) {
      case "begun":
        this.#begun = { at: record.at, identity: record.identity };
        break;
      case "block":
        this.#hash = record.hash;
        break;
      case "finished":
        this.#finishedAt = record.at;
        break;
      case "handed-out":
        this.#move(placesOf(record.runs), HANDED_OUT);
        break;
      case "accepted":
        this.#move(placesOf(record.runs), ACCEPTED);
        break;
      case "returned":
        this.#move(placesOf(record.runs), PENDING);
        break;
      case "in-doubt": {
        const isResent = record.action === "resend";
        if (isResent) for (const place of placesOf(record.runs)) this.#resent.add(place);
        this.#move(placesOf(record.runs), isResent ? PENDING : IN_DOUBT);
        break;
      }
      case "ended":
        this.#move(
          record.ends.map(({ index }) => index),
          ENDED,
        );
        for (const end of record.ends) this.#ends.set(end.index, end);
    }
  }

  /** The fewest records that make the same state. */
  compact(): CheckpointRecord[] {
    const records: CheckpointRecord[] = [];
    if (this.#begun) records.push({ kind: "begun", ...this.#begun });
    if (this.#hash !== undefined)
      records.push({ kind: "block", block: 0, size: this.size, hash: this.#hash });
    if (this.#resent.size > 0)
      records.push({ kind: "in-doubt", action: "resend", runs: runsOf(this.resent()) });
    for (const [kind, state] of [
      ["accepted", ACCEPTED],
      ["handed-out", HANDED_OUT],
    ] as const) {
      const runs = runsOf(this.#all(state));
      if (runs.length > 0) records.push({ kind, runs });
    }
    const inDoubt = runsOf(this.inDoubt());
    if (inDoubt.length > 0) records.push({ kind: "in-doubt", action: "report", runs: inDoubt });
    if (this.#ends.size > 0) records.push({ kind: "ended", ends: [...this.#ends.values()] });
    if (this.#finishedAt !== undefined) records.push({ kind: "finished", at: this.#finishedAt });
    return records;
  }

  #move(places: Iterable<number>, to: number): void {
    for (const place of places) {
      const index = place - this.from;
      const from = this.#states[index];
      if (from === undefined) continue;
      this.#counts[from]!--;
      this.#counts[to]!++;
      this.#states[index] = to;
      if (from === ENDED) this.#ends.delete(place);
    }
  }

  #all(state: number): number[] {
    const found: number[] = [];
    for (let index = 0; index < this.size; index++) {
      if (this.#states[index] === state) found.push(this.from + index);
    }
    return found;
  }
}

/** Whether a range's log says that it is finished, without reading all of it. */
export function isFinished(records: readonly string[]): boolean {
  return records.some((text) => text.startsWith('{"kind":"finished"'));
}

/** Records as a log holds them. */
export function textsOf(records: readonly CheckpointRecord[]): string[] {
  return records.map(writeRecord);
}
