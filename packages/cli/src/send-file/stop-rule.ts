/** What has happened so far. */
export interface RunCounts {
  readonly accepted: number;
  readonly total: number;
  /** Outcomes that credentials are to blame for. */
  readonly credentials: number;
  /** Outcomes without an answer, in a row up to now. */
  readonly unanswered: number;
}

/** Why a run stops before its end. */
export type StopReason = "interrupted" | "credentials" | "unreachable" | "results";

const REFUSALS = 10;

/**
 * Whether to stop handing out notifications: APNs takes a client that goes on after its credentials were refused for an
 * attack ("Establishing a connection to APNs"), and where no answer comes for long, the rest would only end as unsent.
 *
 * @param window notifications that may be under way at once
 */
export function stopReason(counts: RunCounts, window: number): StopReason | undefined {
  const { accepted, total, credentials, unanswered } = counts;
  if (accepted === 0 && credentials >= REFUSALS && credentials === total) return "credentials";
  return unanswered >= Math.max(1000, window) ? "unreachable" : undefined;
}
