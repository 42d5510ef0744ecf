import type { Outcome } from "apnskit";

/** What becomes of a job. */
export type JobEnd =
  /** It is completed with the outcome. */
  | "complete"
  /** It fails for good: trying again cannot help, or could double the push. */
  | "fail"
  /** It fails, and BullMQ tries it again as its options say. */
  | "retry"
  /** It goes back into the queue without using up an attempt: this worker is stopping. */
  | "return"
  /** It is left alone: another worker has it, or will have it. */
  | "leave";

/** Errors of a client that is closing, which say nothing about the push. */
const CLOSED = "ERR_APNS_CLOSED";

/**
 * What becomes of a job by the outcome of its push.
 *
 * @param lockLost whether the worker may have lost the job when the outcome was known
 */
export function jobEnd(outcome: Outcome, lockLost: boolean): JobEnd {
  if (outcome.result === "accepted") return "complete";
  if (lockLost && outcome.result !== "rejected") return "leave";
  if (!outcome.retryable) return "fail";
  if (outcome.result !== "rejected" && outcome.error.code === CLOSED) return "return";
  return "retry";
}

/** A sentence about an outcome that is not accepted, without token and content. */
export function sentenceOf(outcome: Exclude<Outcome, { readonly result: "accepted" }>): string {
  if (outcome.result === "rejected") {
    return `APNs answered ${outcome.status} ${outcome.reason}: ${outcome.message}`;
  }
  const doubt = outcome.result === "unknown" ? "the push may have been delivered" : "the push was not sent";
  return `${doubt}: ${outcome.error.code}, ${outcome.error.message}`;
}
