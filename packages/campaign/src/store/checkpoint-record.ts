/**
 * Places of recipients, from 0, as half-open runs `[from, to)` in ascending order. `[0, 312, 313, 314]` means
 * 0 … 311 and 313. Outcomes arrive almost in order, so a group of thousands needs only a few runs.
 */
export type Runs = readonly number[];

/** How a campaign treats recipients in doubt: APNs may have acted on their push or not. */
export type InDoubtPolicy = "resend" | "skip" | "report";

/** A push that ended other than accepted. */
export interface End {
  /** The recipient's place in the campaign, from 0. */
  readonly index: number;
  readonly result: "rejected" | "unsent" | "unknown";
  /** APNs's reason, or the error's `code`. */
  readonly reason: string;
  /** The device token, if APNs reports it as dead. */
  readonly deadToken?: string;
  /** When APNs last confirmed that the token was dead, in milliseconds since 1970-01-01 UTC. */
  readonly timestamp?: number;
  /** True: the push certainly did not leave, or APNs did not act on it, and a later attempt may succeed. */
  readonly retryable?: true;
}

/** The properties that all claims of a campaign must share. The first claim writes them. */
export interface CampaignIdentity {
  /** Identifies the campaign permanently. Each `apns-id` and collapse id derives from it. */
  readonly name: string;
  /** Hash of the notification for all recipients; empty if a function makes notifications. */
  readonly notification: string;
  readonly inDoubt: InDoubtPolicy;
  /** Whether each push gets a collapse id, unless its notification has one. */
  readonly collapse: boolean;
  /** Recipients that share a fingerprint. */
  readonly blockSize: number;
  /** Number of recipients, if it was known at the beginning. */
  readonly count?: number;
}

/**
 * A record in a store. The state of a campaign is exactly its records, applied in order. Only recorded events
 * count. All records are plain JSON.
 */
export type CheckpointRecord =
  /** The first record. `data` comes from the caller, for tools such as the command line. */
  | {
      readonly kind: "begun";
      readonly at: number;
      readonly identity: CampaignIdentity;
      readonly data?: unknown;
    }
  /** A claim begins to work, or stops. The time between the two counts as the campaign's duration. */
  | { readonly kind: "working" | "stopped"; readonly at: number }
  /**
   * The campaign has read these recipients. `block` counts from 0. `hash` covers the recipients in their
   * order.
   */
  | { readonly kind: "block"; readonly block: number; readonly size: number; readonly hash: string }
  /** The source ended after this number of recipients. */
  | { readonly kind: "counted"; readonly count: number }
  /** From now on, the client may get these recipients. */
  | { readonly kind: "handed-out"; readonly runs: Runs }
  /** APNs accepted the pushes of these recipients. */
  | { readonly kind: "accepted"; readonly runs: Runs }
  /** The pushes of these recipients ended otherwise. */
  | { readonly kind: "ended"; readonly ends: readonly End[] }
  /** The client did not get these recipients, or returned them unsent. They count as not handed out. */
  | { readonly kind: "returned"; readonly runs: Runs }
  /**
   * A claim found these recipients handed out without an outcome. `resend`: the claim hands them out again.
   */
  | { readonly kind: "in-doubt"; readonly runs: Runs; readonly action: InDoubtPolicy }
  /** Each recipient has an end, or the campaign was cancelled. No record follows. */
  | { readonly kind: "finished" | "cancelled"; readonly at: number };

/** One line of text, for stores of text. */
export function writeRecord(record: CheckpointRecord): string {
  return JSON.stringify(record);
}

/**
 * @returns `undefined` for a record of a later version; the caller skips it
 * @throws SyntaxError for text that {@link writeRecord} did not make
 */
export function readRecord(text: string): CheckpointRecord | undefined {
  const record = JSON.parse(text) as CheckpointRecord;
  return KINDS.has(record.kind) ? record : undefined;
}

const KINDS: ReadonlySet<unknown> = new Set([
  "begun",
  "working",
  "stopped",
  "block",
  "counted",
  "handed-out",
  "accepted",
  "ended",
  "returned",
  "in-doubt",
  "finished",
  "cancelled",
] satisfies CheckpointRecord["kind"][]);
