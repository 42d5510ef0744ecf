/** The counts so far. */
export interface RunCounts {
  readonly accepted: number;
  readonly total: number;
  /** Outcomes that credentials caused. */
  readonly credentials: number;
  /** Outcomes without an answer, in a row up to now. */
  readonly unanswered: number;
}

/** Why a run stops before its end. */
export type StopReason = "interrupted" | "credentials" | "unreachable" | "results";

const REFUSALS = 10;

/**
 * Whether to stop handing out notifications. APNs treats a client that goes on after its credentials were
 * refused as an attacker ("Establishing a connection to APNs"). If no answer comes for long, the rest would
 * only end as unsent.
 *
 * @param window notifications that may be in flight at once
 */
export function stopReason(counts: RunCounts, window: number): StopReason | undefined {
  const { accepted, total, credentials, unanswered } = counts;
  if (accepted === 0 && credentials >= REFUSALS && credentials === total) return "credentials";
  return unanswered >= Math.max(1000, window) ? "unreachable" : undefined;
}
