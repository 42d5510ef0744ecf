import { build, type Histogram } from "hdr-histogram-js";
import type { Outcome, OutcomeKind } from "./outcome.ts";

// Reasons come from the server. This limit bounds their memory, however many it invents.
const maxReasons = 100;

/** Makes the server's text safe for a terminal, which must not execute it as a command. */
function printable(reason: string): string {
  return reason.replace(/[^ -~]/gu, "?").slice(0, 60);
}

/** Counts the outcomes of a run's notifications, and records the latency of answers. */
export class Tally {
  /** Notifications passed to the pool. */
  posted = 0;
  readonly counts: Record<OutcomeKind, number> = { accepted: 0, rejected: 0, unsent: 0, unknown: 0 };
  /** The count of each reason by `"kind reason"`, for all outcomes except `accepted`. */
  readonly #reasons = new Map<string, { kind: OutcomeKind; reason: string; count: number }>();
  // Microseconds up to an hour with three significant digits. The size is fixed for any number of values.
  readonly #latency: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3_600_000_000,
    numberOfSignificantValueDigits: 3,
  });

  /** @param latency milliseconds from the post to the answer */
  record(outcome: Outcome, latency: number): void {
    this.counts[outcome.kind] += 1;
    if (outcome.kind === "accepted" || outcome.kind === "rejected") {
      this.#latency.recordValue(Math.max(1, Math.min(3_600_000_000, Math.round(latency * 1000))));
    }
    if (outcome.kind === "accepted") return;
    this.#countReason(outcome.kind, printable(outcome.reason));
  }

  #countReason(kind: OutcomeKind, reason: string): void {
    const key = `${kind} ${reason}`;
    const entry = this.#reasons.get(key);
    if (entry) entry.count += 1;
    else if (this.#reasons.size < maxReasons) this.#reasons.set(key, { kind, reason, count: 1 });
    else this.#countOther(kind);
  }

  #countOther(kind: OutcomeKind): void {
    const key = `${kind} other`;
    const entry = this.#reasons.get(key) ?? { kind, reason: "other", count: 0 };
    entry.count += 1;
    this.#reasons.set(key, entry);
  }

  /** Notifications with an outcome. */
  get settled(): number {
    const { accepted, rejected, unsent, unknown } = this.counts;
    return accepted + rejected + unsent + unknown;
  }

  get answered(): number {
    return this.counts.accepted + this.counts.rejected;
  }

  /** The reasons of one kind of outcome, the most frequent first. */
  reasons(kind: OutcomeKind): { reason: string; count: number }[] {
    return [...this.#reasons.values()]
      .filter((entry) => entry.kind === kind)
      .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason, "en"))
      .map(({ reason, count }) => ({ reason, count }));
  }

  /**
   * Milliseconds within which `percent` per cent of the answers arrived; undefined before the first answer.
   */
  latency(percent: number): number | undefined {
    return this.answered === 0 ? undefined : this.#latency.getValueAtPercentile(percent) / 1000;
  }
}
