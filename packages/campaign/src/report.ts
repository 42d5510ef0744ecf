import type { InDoubtPolicy } from "./store/checkpoint-record.ts";

/** A device token that APNs reported as dead. */
export interface DeadRecipient {
  /** The recipient's place in the campaign, from 0. */
  readonly index: number;
  readonly token: string;
  readonly reason: string;
  /** When APNs last confirmed that the token was dead, in milliseconds since 1970-01-01 UTC. */
  readonly timestamp?: number;
}

/** Recipients from the place `from` up to, but not including, the place `to`. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/** Figures of a campaign. Each recipient counts once. */
export interface CampaignCounts {
  /** Recipients that this run and earlier runs have read so far. */
  readonly seen: number;
  /** Number of all recipients; `undefined` until it is known. */
  readonly count: number | undefined;
  readonly accepted: number;
  readonly rejected: number;
  readonly unsent: number;
  readonly unknown: number;
  /** Handed out without an outcome: under way now, or in doubt after a crash. */
  readonly underWay: number;
  /** In doubt, and not resent. */
  readonly inDoubt: number;
  /** Read, but not handed out. */
  readonly pending: number;
}

/** The report of a campaign over all its runs. Plain JSON. */
export interface CampaignReport extends CampaignCounts {
  readonly name: string;
  /** `stopped`: the run stopped by itself, by a call or by a crash. The campaign can be resumed. */
  readonly state: "running" | "stopped" | "finished" | "cancelled";
  readonly inDoubtPolicy: InDoubtPolicy;
  /**
   * Number of outcomes other than accepted, by APNs's reason or the error's code. The most frequent comes
   * first.
   */
  readonly reasons: Readonly<Record<string, number>>;
  /** Recipients in doubt that get no second push: APNs may have acted on their push or not. */
  readonly inDoubtRecipients: readonly IndexRange[];
  /** Recipients whose push ended as `unknown`: APNs did not answer. */
  readonly unknownRecipients: readonly IndexRange[];
  /** Recipients whose push ended as `unsent`: it certainly did not reach APNs. */
  readonly unsentRecipients: readonly IndexRange[];
  /** Recipients in doubt that were handed out again. */
  readonly resentRecipients: readonly IndexRange[];
  /** Each token appears once over all runs. */
  readonly deadTokens: readonly DeadRecipient[];
  /** When the campaign began, in milliseconds since 1970-01-01 UTC. */
  readonly startedAt: number;
  /** When the last run ended; `undefined` after a crash. */
  readonly endedAt: number | undefined;
  /** Milliseconds of work over all runs. A killed run counts up to its last record with a time. */
  readonly duration: number;
  /** Outcomes per second of `duration`. */
  readonly rate: number;
}
