import type { InDoubtPolicy } from "./store/checkpoint-record.ts";

/** A token that APNs called dead. */
export interface DeadRecipient {
  /** The recipient's place in the campaign, from 0. */
  readonly index: number;
  readonly token: string;
  readonly reason: string;
  /** When APNs last found the token dead; milliseconds since 1970-01-01 UTC. */
  readonly timestamp?: number;
}

/** Recipients from one place up to, but without, another. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/** Figures of a campaign; each recipient counts once. */
export interface CampaignCounts {
  /** Recipients that were read so far, in this or an earlier run. */
  readonly seen: number;
  /** All recipients, once that is known. */
  readonly count: number | undefined;
  readonly accepted: number;
  readonly rejected: number;
  readonly unsent: number;
  readonly unknown: number;
  /** Handed out without an outcome: under way now, or in doubt after a crash. */
  readonly underWay: number;
  /** In doubt, and not sent again. */
  readonly inDoubt: number;
  /** Read and not handed out. */
  readonly pending: number;
}

/** What became of a campaign, over all its runs. Plain JSON. */
export interface CampaignReport extends CampaignCounts {
  readonly name: string;
  /** `stopped`: by itself, by a call, or by a crash; it can be resumed. */
  readonly state: "running" | "stopped" | "finished" | "cancelled";
  readonly inDoubtPolicy: InDoubtPolicy;
  /** Ends other than accepted, by APNs's reason or the error's code, the most frequent first. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Recipients of whom it cannot be known whether APNs acted on their push: in doubt, and not sent again. */
  readonly inDoubtRecipients: readonly IndexRange[];
  /** Recipients whose push ended as `unknown`: there was no answer. */
  readonly unknownRecipients: readonly IndexRange[];
  /** Recipients whose push ended as `unsent`: it certainly did not reach APNs. */
  readonly unsentRecipients: readonly IndexRange[];
  /** Recipients who were in doubt and were handed out again. */
  readonly resentRecipients: readonly IndexRange[];
  /** Each token once, over all runs. */
  readonly deadTokens: readonly DeadRecipient[];
  /** When the campaign began; milliseconds since 1970-01-01 UTC. */
  readonly startedAt: number;
  /** When the last run ended, if it ended by itself. */
  readonly endedAt: number | undefined;
  /** Milliseconds of work, over all runs; of a run that was killed, up to its last record of time. */
  readonly duration: number;
  /** Outcomes a second of that. */
  readonly rate: number;
}
