/**
 * Places of recipients, from 0, as runs: `[from, to)` for each, in ascending order. `[0, 312, 313, 314]` are 0 … 311 and
 * 313. Outcomes come almost in order, so that a group of thousands is a few runs.
 */
export type Runs = readonly number[];

/** What is done about recipients of whom it cannot be known whether APNs acted on their push. */
export type InDoubtPolicy = "resend" | "skip" | "report";

/** A push that did not end as accepted. */
export interface End {
  /** The recipient's place in the campaign, from 0. */
  readonly index: number;
  readonly result: "rejected" | "unsent" | "unknown";
  /** APNs's reason, or the error's `code`. */
  readonly reason: string;
  /** The device token, if APNs calls it dead. */
  readonly deadToken?: string;
  /** When APNs last found the token dead; milliseconds since 1970-01-01 UTC. */
  readonly timestamp?: number;
  /** True: the push certainly never left, and the same may succeed later. */
  readonly retryable?: true;
}

/** What all claims of one campaign must agree on. The first claim writes it. */
export interface CampaignIdentity {
  /** Names the campaign for good: each `apns-id` and collapse id follows from it. */
  readonly name: string;
  /** Hash of the notification that all recipients get; empty where a function makes it. */
  readonly notification: string;
  readonly inDoubt: InDoubtPolicy;
  /** Whether each push gets a collapse id, unless its notification has one. */
  readonly collapse: boolean;
  /** Recipients that are fingerprinted together. */
  readonly blockSize: number;
  /** How many recipients there are, where that was known at first. */
  readonly count?: number;
}

/**
 * What a store keeps. A campaign's state is these records, applied in their order, and nothing else: a record that is not
 * there has not happened. All of them are plain JSON.
 */
export type CheckpointRecord =
  /** The first record. `data` is the caller's, for tools such as the command line. */
  | {
      readonly kind: "begun";
      readonly at: number;
      readonly identity: CampaignIdentity;
      readonly data?: unknown;
    }
  /** A claim begins to work, or ends; between the two, the campaign's duration passes. */
  | { readonly kind: "working" | "stopped"; readonly at: number }
  /** These recipients were read. `block` counts from 0; `hash` is of the recipients in their order. */
  | { readonly kind: "block"; readonly block: number; readonly size: number; readonly hash: string }
  /** The source has ended after so many. */
  | { readonly kind: "counted"; readonly count: number }
  /** From now on the client may get them. */
  | { readonly kind: "handed-out"; readonly runs: Runs }
  /** APNs accepted their pushes. */
  | { readonly kind: "accepted"; readonly runs: Runs }
  /** Their pushes ended otherwise. */
  | { readonly kind: "ended"; readonly ends: readonly End[] }
  /** The client did not get them, or gave them back unsent: as if they had not been handed out. */
  | { readonly kind: "returned"; readonly runs: Runs }
  /** A claim found them handed out without an outcome; `resend`: it hands them out again. */
  | { readonly kind: "in-doubt"; readonly runs: Runs; readonly action: InDoubtPolicy }
  /** Each recipient has an end, or the campaign was cancelled. Nothing follows. */
  | { readonly kind: "finished" | "cancelled"; readonly at: number };

/** One line of text, for stores that keep text. */
export function writeRecord(record: CheckpointRecord): string {
  return JSON.stringify(record);
}

/**
 * @returns `undefined` for a record of a later version, which is left out
 * @throws SyntaxError for text that {@link writeRecord} has not made
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
