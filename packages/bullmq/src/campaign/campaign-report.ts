import type { DeadRecipient, InDoubtPolicy, IndexRange } from "@apnskit/campaign";
import { CampaignState } from "@apnskit/campaign/internal";
import { recordsOf } from "../log/log-checkpoint.ts";
import { type CampaignPlan, rangeCount, rangeOf } from "./campaign-plan.ts";

/** The report of a campaign. Each recipient counts once. Plain JSON. */
export interface CampaignReport {
  readonly name: string;
  readonly count: number;
  readonly state: "running" | "finished" | "cancelled";
  readonly accepted: number;
  readonly rejected: number;
  readonly unsent: number;
  readonly unknown: number;
  /** In doubt and not resent (`skip` and `report`), or without an outcome so far. */
  readonly inDoubt: number;
  /** Not handed out: the campaign is running or was cancelled. */
  readonly pending: number;
  /** The recipients in doubt; empty with `skip`. */
  readonly inDoubtRecipients: readonly IndexRange[];
  /** Recipients whose push ended without an answer from APNs. `unknown` counts them. */
  readonly unknownRecipients: readonly IndexRange[];
  /** Recipients whose push certainly did not reach APNs. `unsent` counts them. */
  readonly unsentRecipients: readonly IndexRange[];
  /** Recipients in doubt that got the push again (`resend`). The other figures include their ends. */
  readonly resentRecipients: readonly IndexRange[];
  readonly inDoubtPolicy: InDoubtPolicy;
  /** Number of outcomes other than accepted, by APNs's reason or the error's code. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Each token appears once, however often the campaign was resumed. */
  readonly deadTokens: readonly DeadRecipient[];
  /** When the first range began, in milliseconds since 1970-01-01 UTC. */
  readonly startedAt?: number;
  /** When the last range finished, in milliseconds since 1970-01-01 UTC. */
  readonly endedAt?: number;
  /** Recipients with an end per second, from `startedAt` to `endedAt`. */
  readonly rate?: number;
}

/** Adds up the logs of all ranges. */
export class ReportBuilder {
  readonly #plan: CampaignPlan;
  readonly #counts = { accepted: 0, rejected: 0, unsent: 0, unknown: 0, inDoubt: 0, pending: 0 };
  readonly #reasons: Record<string, number> = {};
  readonly #deadTokens: DeadRecipient[] = [];
  readonly #inDoubt: IndexRange[] = [];
  readonly #unknown: IndexRange[] = [];
  readonly #unsent: IndexRange[] = [];
  readonly #resent: IndexRange[] = [];
  #finished = 0;
  #startedAt = Number.POSITIVE_INFINITY;
  #endedAt = 0;

  constructor(plan: CampaignPlan) {
    this.#plan = plan;
  }

  /** @param records of the range's log, in their order */
  add(range: number, records: readonly string[]): void {
    const { from, size } = rangeOf(this.#plan, range);
    const state = new CampaignState(from);
    for (const record of recordsOf(records)) state.apply(record);
    if (state.identity === undefined) {
      this.#counts.pending += size;
      return;
    }
    const report = state.report();
    const { accepted, rejected, unsent, unknown, underWay, inDoubt, reasons, startedAt, endedAt } = report;
    const ended = accepted + rejected + unsent + unknown + underWay + inDoubt;
    const counts = {
      accepted,
      rejected,
      unsent,
      unknown,
      inDoubt: inDoubt + underWay,
      pending: size - ended,
    };
    for (const [name, count] of Object.entries(counts)) this.#counts[name as keyof typeof counts] += count;
    for (const [reason, count] of Object.entries(reasons)) {
      this.#reasons[reason] = (this.#reasons[reason] ?? 0) + count;
    }
    for (const dead of report.deadTokens) this.#deadTokens.push(dead);
    for (const one of report.inDoubtRecipients) join(this.#inDoubt, one);
    for (const one of report.unknownRecipients) join(this.#unknown, one);
    for (const one of report.unsentRecipients) join(this.#unsent, one);
    for (const one of report.resentRecipients) join(this.#resent, one);
    this.#startedAt = Math.min(this.#startedAt, startedAt);
    if (report.state !== "finished") return;
    this.#finished++;
    this.#endedAt = Math.max(this.#endedAt, endedAt ?? 0);
  }

  build(isCancelled: boolean): CampaignReport {
    const { name, count, inDoubt } = this.#plan;
    const isFinished = this.#finished === rangeCount(this.#plan);
    const { accepted, rejected, unsent, unknown } = this.#counts;
    const seconds = (this.#endedAt - this.#startedAt) / 1_000;
    return {
      name,
      count,
      state: isFinished ? "finished" : isCancelled ? "cancelled" : "running",
      ...this.#counts,
      inDoubtPolicy: inDoubt,
      inDoubtRecipients: inDoubt === "skip" ? [] : this.#inDoubt,
      unknownRecipients: this.#unknown,
      unsentRecipients: this.#unsent,
      resentRecipients: this.#resent,
      reasons: Object.fromEntries(Object.entries(this.#reasons).sort(([, a], [, b]) => b - a)),
      deadTokens: this.#deadTokens,
      ...(Number.isFinite(this.#startedAt) && { startedAt: this.#startedAt }),
      ...(isFinished && { endedAt: this.#endedAt }),
      ...(isFinished && seconds > 0 && { rate: (accepted + rejected + unsent + unknown) / seconds }),
    };
  }
}

/** Appends a range, and merges neighbours. Ranges arrive in ascending order. */
function join(ranges: IndexRange[], next: IndexRange): void {
  const last = ranges.at(-1);
  if (last?.to === next.from) ranges[ranges.length - 1] = { from: last.from, to: next.to };
  else ranges.push(next);
}
