import type { CheckpointRecord, End } from "@apnskit/campaign";

/** Where a recipient stands, by the records of a store. */
export type Standing =
  | { readonly kind: "pending" | "handed out" | "accepted" | "in doubt" }
  | { readonly kind: "ended"; readonly end: End };

const PENDING: Standing = { kind: "pending" };

/**
 * The state of a campaign by its durable records. The records are read independently of the engine. Finds
 * records that contradict the ones before.
 */
export class JournalReplay {
  readonly #find: (text: string) => void;
  readonly #standings = new Map<number, Standing>();
  /** Recipients who were in doubt and are sent again. */
  readonly resent = new Set<number>();
  /** Tokens that APNs called dead, with how many recipients have them. */
  readonly deadTokens = new Set<string>();
  /** A claim has begun, and those under way before it were not named yet. */
  #owesDoubt = false;
  isFinished = false;
  hasBegun = false;

  constructor(find: (text: string) => void) {
    this.#find = find;
  }

  of(index: number): Standing {
    return this.#standings.get(index) ?? PENDING;
  }

  count(kind: Standing["kind"], result?: End["result"]): number {
    let count = 0;
    for (const standing of this.#standings.values()) {
      if (standing.kind !== kind) continue;
      if (standing.kind !== "ended" || result === undefined || standing.end.result === result) count++;
    }
    return count;
  }

  apply(record: CheckpointRecord): void {
    switch (record.kind) {
      case "begun":
        if (this.hasBegun) this.#find("begins a second time");
        this.hasBegun = true;
        break;
      case "working":
        this.isFinished = false;
        this.#owesDoubt = this.count("handed out") > 0;
        break;
      case "handed-out":
        if (this.#owesDoubt) this.#find("hands out recipients before those in doubt are named");
        this.#move(record.runs, "pending", { kind: "handed out" });
        break;
      case "accepted":
        this.#move(record.runs, "handed out", { kind: "accepted" });
        break;
      case "ended":
        for (const end of record.ends) this.#ended(end);
        break;
      case "returned":
        for (const index of placesOf(record.runs)) this.#return(index);
        break;
      case "in-doubt":
        this.#doubt(record.runs, record.action === "resend");
        break;
      case "finished":
        this.isFinished = true;
        break;
    }
  }

  #ended(end: End): void {
    this.#move([end.index, end.index + 1], "handed out", { kind: "ended", end });
    if (end.deadToken !== undefined) this.deadTokens.add(end.deadToken);
  }

  #return(index: number): void {
    const standing = this.of(index);
    const retryable = standing.kind === "ended" && standing.end.retryable === true;
    if (standing.kind !== "handed out" && !retryable)
      this.#find(`recipient ${index} is returned, who is ${describeStanding(standing)}`);
    this.#standings.delete(index);
  }

  #doubt(runs: readonly number[], resend: boolean): void {
    this.#owesDoubt = false;
    for (const index of placesOf(runs)) {
      this.#move([index, index + 1], "handed out", resend ? PENDING : { kind: "in doubt" });
      if (resend) this.resent.add(index);
    }
    const left = this.count("handed out");
    if (left > 0) this.#find(`${left} recipients in doubt are not named`);
  }

  #move(runs: readonly number[], from: Standing["kind"], to: Standing): void {
    for (const index of placesOf(runs)) {
      const standing = this.of(index);
      if (standing.kind !== from)
        this.#find(`recipient ${index} becomes ${to.kind}, but was ${describeStanding(standing)}`);
      this.#standings.set(index, to);
    }
  }
}

export function describeStanding(standing: Standing): string {
  if (standing.kind !== "ended") return standing.kind;
  return `ended as ${standing.end.result} (${standing.end.reason})`;
}

function* placesOf(runs: readonly number[]): Generator<number> {
  for (let at = 0; at + 1 < runs.length; at += 2) {
    for (let index = runs[at]!; index < runs[at + 1]!; index++) yield index;
  }
}
