import { printable } from "@apnskit/connection/internal";
import type { Outcome } from "./outcome.ts";

/** Counts of many outcomes. */
export interface SummaryCounts {
  /** All outcomes: the sum of the next four. */
  readonly total: number;
  /** Accepted by APNs. */
  readonly accepted: number;
  /** Refused by APNs; `reasons` has the details. */
  readonly rejected: number;
  /** Never reached APNs; `errors` has the details. */
  readonly unsent: number;
  /** May have reached APNs; `errors` has the details. */
  readonly unknown: number;
  /** Submissions beyond the first of each notification. */
  readonly retries: number;
  /** Outcomes that call their token dead; a token counts each time. */
  readonly deadTokens: number;
  /** Rejections by reason, most frequent first; reasons beyond 200 different ones count as `other`. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Errors of `unsent` and `unknown` by code, most frequent first; with the same bound. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Counts outcomes as they come, in constant memory. */
export class OutcomeSummary {
  readonly #results = { accepted: 0, rejected: 0, unsent: 0, unknown: 0 };
  readonly #reasons = new Map<string, number>();
  readonly #errors = new Map<string, number>();
  #retries = 0;
  #deadTokens = 0;

  /** Counts one outcome without keeping it. */
  add(outcome: Outcome): void {
    this.#results[outcome.result]++;
    this.#retries += Math.max(0, outcome.attempts - 1);
    if (outcome.tokenIsDead) this.#deadTokens++;
    if (outcome.result === "rejected") increment(this.#reasons, outcome.reason);
    else if (outcome.result !== "accepted") increment(this.#errors, outcome.error.code);
  }

  /** The counts so far; later outcomes do not change the returned object. */
  counts(): SummaryCounts {
    const { accepted, rejected, unsent, unknown } = this.#results;
    return {
      total: accepted + rejected + unsent + unknown,
      accepted,
      rejected,
      unsent,
      unknown,
      retries: this.#retries,
      deadTokens: this.#deadTokens,
      reasons: byFrequency(this.#reasons),
      errors: byFrequency(this.#errors),
    };
  }
}

/** Counts all outcomes of an iteration such as `sendMany`'s. */
export async function summarise(
  outcomes: Iterable<Outcome> | AsyncIterable<Outcome>,
): Promise<SummaryCounts> {
  const summary = new OutcomeSummary();
  for await (const outcome of outcomes) summary.add(outcome);
  return summary.counts();
}

/** The most names to count separately: a server that invents reasons must not fill the memory. */
const MOST_NAMES = 200;

/** The name under which all further names are counted. */
const OTHERS = "other";

function increment(counts: Map<string, number>, name: string): void {
  const key = counts.has(name) ? name : counts.size < MOST_NAMES ? printable(name) : OTHERS;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function byFrequency(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
