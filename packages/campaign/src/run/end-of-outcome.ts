import { type ApnskitError, deviceToken, type Outcome, type UnsentOutcome } from "apnskit";
import type { Recipient } from "../recipient.ts";
import type { End } from "../store/checkpoint-record.ts";

type OtherOutcome = Exclude<Outcome, { readonly result: "accepted" }>;

/** Errors of a closed client or of an aborted run. They say nothing about the push itself. */
const GIVEN_UP: ReadonlySet<string> = new Set(["ERR_APNS_ABORTED", "ERR_APNS_CLOSED"]);

/** Whether the run's end ended the push, so that the push has no outcome of its own. */
export function isGivenUp(outcome: OtherOutcome): boolean {
  if (outcome.result === "rejected" || !GIVEN_UP.has(outcome.error.code)) return false;
  // If the client is open, `unknown` with this code is a real outcome: the push lost its connection.
  return outcome.result === "unsent" || outcome.error.code === "ERR_APNS_ABORTED";
}

/** The part of an outcome that the journal keeps. */
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

/** Whether resending may succeed, and cannot show the notification twice. */
function isRetryable(outcome: OtherOutcome): boolean {
  switch (outcome.result) {
    case "unsent":
      return outcome.retryable;
    case "rejected":
      // The next run may have other credentials.
      return !outcome.maybeDelivered && (outcome.retryable || outcome.advice === "fix-credentials");
    case "unknown":
      return false;
  }
}

/** The outcome of a recipient whose notification could not be made. */
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
