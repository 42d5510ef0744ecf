import type { DeadRecipient, InDoubtPolicy, IndexRange } from "@apnskit/campaign";
import { type CampaignPlan, rangeCount, rangeOf } from "./campaign-plan.ts";
import { RangeState } from "./range-state.ts";
import { runsOf } from "./runs.ts";

/** What became of a campaign; each recipient counts once. Plain JSON. */
export interface CampaignReport {
  readonly name: string;
  readonly count: number;
  readonly state: "running" | "finished" | "cancelled";
  readonly accepted: number;
  readonly rejected: number;
  readonly unsent: number;
  readonly unknown: number;
  /** In doubt, and not sent again (`skip` and `report`), or without an outcome by now. */
  readonly inDoubt: number;
  /** Not handed out: of a campaign that runs or was cancelled. */
  readonly pending: number;
  /** Who they are; none with `skip`. */
  readonly inDoubtRecipients: readonly IndexRange[];
  /** Recipients who were in doubt and were sent to again (`resend`); their ends are in the figures above. */
  readonly resentRecipients: readonly IndexRange[];
  readonly inDoubtPolicy: InDoubtPolicy;
  /** Ends other than accepted, by APNs's reason or the error's code. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Each one once, however often the campaign was resumed. */
  readonly deadTokens: readonly DeadRecipient[];
  /** When the first range began, milliseconds since 1970. */
  readonly startedAt?: number;
  /** When the last range was finished. */
  readonly endedAt?: number;
  /** Recipients with an end for each second between the two. */
  readonly rate?: number;
}

/** Adds up the logs of all ranges. */
export class ReportBuilder {
  readonly #plan: CampaignPlan;
  readonly #results = { accepted: 0, rejected: 0, unsent: 0, unknown: 0 };
  readonly #reasons: Record<string, number> = {};
  readonly #deadTokens: DeadRecipient[] = [];
  readonly #inDoubt: number[] = [];
  readonly #resent: number[] = [];
  #pending = 0;
  #finished = 0;
  #startedAt = Number.POSITIVE_INFINITY;
  #endedAt = 0;

  constructor(plan: CampaignPlan) {
    this.#plan = plan;
  }

  add(range: number, records: readonly string[]): void {
    const { from, size } = rangeOf(this.#plan, range);
    const state = new RangeState(from, size, records);
    this.#results.accepted += state.counts.accepted;
    this.#pending += state.counts.pending;
    for (const { index, result, reason, deadToken, timestamp } of state.ends) {
      this.#results[result]++;
      this.#reasons[reason] = (this.#reasons[reason] ?? 0) + 1;
      if (deadToken === undefined) continue;
      const found = { index, token: deadToken, reason };
      this.#deadTokens.push(timestamp === undefined ? found : { ...found, timestamp });
    }
    for (const place of state.underWay()) this.#inDoubt.push(place);
    for (const place of state.inDoubt()) this.#inDoubt.push(place);
    for (const place of state.resent()) this.#resent.push(place);
    if (state.begun) this.#startedAt = Math.min(this.#startedAt, state.begun.at);
    if (state.finishedAt === undefined) return;
    this.#finished++;
    this.#endedAt = Math.max(this.#endedAt, state.finishedAt);
  }

  build(isCancelled: boolean): CampaignReport {
    const { name, count, inDoubt } = this.#plan;
    const isFinished = this.#finished === rangeCount(this.#plan);
    const { accepted, rejected, unsent, unknown } = this.#results;
    const seconds = (this.#endedAt - this.#startedAt) / 1_000;
    return {
      name,
      count,
      state: isFinished ? "finished" : isCancelled ? "cancelled" : "running",
      ...this.#results,
      inDoubt: this.#inDoubt.length,
      pending: this.#pending,
      inDoubtPolicy: inDoubt,
      inDoubtRecipients: inDoubt === "skip" ? [] : rangesOf(this.#inDoubt),
      resentRecipients: rangesOf(this.#resent),
      reasons: Object.fromEntries(Object.entries(this.#reasons).sort(([, a], [, b]) => b - a)),
      deadTokens: this.#deadTokens,
      ...(Number.isFinite(this.#startedAt) && { startedAt: this.#startedAt }),
      ...(isFinished && { endedAt: this.#endedAt }),
      ...(isFinished && seconds > 0 && { rate: (accepted + rejected + unsent + unknown) / seconds }),
    };
  }
}

function rangesOf(places: readonly number[]): IndexRange[] {
  const runs = runsOf(places);
  return Array.from({ length: runs.length / 2 }, (_, at) => ({ from: runs[2 * at]!, to: runs[2 * at + 1]! }));
}
