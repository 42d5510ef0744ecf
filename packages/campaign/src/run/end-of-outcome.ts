import { type ApnskitError, deviceToken, type Outcome, type UnsentOutcome } from "apnskit";
import type { Recipient } from "../recipient.ts";
import type { End } from "../store/checkpoint-record.ts";

type OtherOutcome = Exclude<Outcome, { readonly result: "accepted" }>;

/** Ends of pushes of a client that was closed, or of a run that was told to give up: they say nothing about the push. */
const GIVEN_UP: ReadonlySet<string> = new Set(["ERR_APNS_ABORTED", "ERR_APNS_CLOSED"]);

/** Whether the push has no end of its own: it was given up with the run. */
export function isGivenUp(outcome: OtherOutcome): boolean {
  if (outcome.result === "rejected" || !GIVEN_UP.has(outcome.error.code)) return false;
  // Of a client that is open, an unknown outcome with this code is the push's own: its connection was lost.
  return outcome.result === "unsent" || outcome.error.code === "ERR_APNS_ABORTED";
}

/** What is kept of an outcome. */
export function endOf(index: number, outcome: OtherOutcome): End {
  const { result, token, tokenIsDead } = outcome;
  const reason = result === "rejected" ? outcome.reason : outcome.error.code;
  const timestamp = result === "rejected" ? outcome.timestamp : undefined;
  return {
    index,
    result,
    reason,
    ...(tokenIsDead && token !== undefined && { deadToken: token }),
    ...(timestamp !== undefined && { timestamp }),
    ...(isRetryable(outcome) && { retryable: true as const }),
  };
}

/** Whether sending it again can do no harm, and may help. */
function isRetryable(outcome: OtherOutcome): boolean {
  switch (outcome.result) {
    case "unsent":
      return outcome.retryable;
    case "rejected":
      // Credentials may be other ones by the next run.
      return !outcome.maybeDelivered && (outcome.retryable || outcome.advice === "fix-credentials");
    case "unknown":
      return false;
  }
}

/** The outcome of a recipient for whom no notification could be made. */
export function refusal(recipient: Recipient, error: ApnskitError): UnsentOutcome {
  const { code, message } = error;
  const token = tokenOf(typeof recipient === "string" ? recipient : recipient.token);
  return {
    result: "unsent",
    ...(token !== undefined && { token }),
    attempts: 0,
    duration: 0,
    error: { code, message },
    tokenIsDead: false,
    retryable: false,
  };
}

function tokenOf(text: string): string | undefined {
  try {
    return deviceToken(text);
  } catch {
    return undefined;
  }
}
