import type { Outcome } from "apnskit";

/** The end of a job. */
export type JobEnd =
  /** It completes with the outcome. */
  | "complete"
  /** It fails for good: another attempt cannot help, or could double the push. */
  | "fail"
  /** It fails, and BullMQ tries it again by its options. */
  | "retry"
  /** It returns to the queue without using up an attempt, because this worker is stopping. */
  | "return"
  /** This worker leaves it alone: another worker has it, or will have it. */
  | "leave";

/** Errors of a client that is closing, which say nothing about the push. */
const CLOSED = "ERR_APNS_CLOSED";

/**
 * Decides the end of a job from the outcome of its push.
 *
 * @param lockLost whether the worker may have lost the job before the outcome
 */
export function jobEnd(outcome: Outcome, lockLost: boolean): JobEnd {
  if (outcome.result === "accepted") return "complete";
  if (lockLost && outcome.result !== "rejected") return "leave";
  if (!outcome.retryable) return "fail";
  if (outcome.result !== "rejected" && outcome.error.code === CLOSED) return "return";
  return "retry";
}

/** Describes an outcome other than accepted, without token and content. */
export function sentenceOf(outcome: Exclude<Outcome, { readonly result: "accepted" }>): string {
  if (outcome.result === "rejected") {
    return `APNs answered ${outcome.status} ${outcome.reason}: ${outcome.message}`;
  }
  const doubt = outcome.result === "unknown" ? "the push may have been delivered" : "the push was not sent";
  return `${doubt}: ${outcome.error.code}, ${outcome.error.message}`;
}
