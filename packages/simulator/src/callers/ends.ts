import type { InvalidRequest, PushError, Response } from "@apnskit/pool";
import type { Outcome } from "apnskit";
import type { End } from "../oracles/request-record.ts";

/** The end that a pool's answer means. */
export function endOfResponse({ status, reason }: Response, maybeDelivered: boolean): End {
  return { kind: "answer", status, reason, maybeDelivered };
}

/** An error that a request of a pool can end with. */
export type Failure = PushError | InvalidRequest;

/** The end that an error means. */
export function endOfError(error: Failure): End {
  const { delivery, code } = error;
  const { reason, errorCode } = error as { reason?: string; errorCode?: number };
  return { kind: delivery, code, detail: reason ?? (errorCode === undefined ? "" : String(errorCode)) };
}

/** The end that a client's outcome means. */
export function endOfOutcome(outcome: Outcome): End {
  switch (outcome.result) {
    case "accepted":
      return { kind: "answer", status: outcome.status, reason: undefined, maybeDelivered: true };
    case "rejected": {
      const { status, reason, maybeDelivered = false } = outcome;
      return { kind: "answer", status, reason, maybeDelivered };
    }
    default:
      return { kind: outcome.result, code: outcome.error.code, detail: outcome.error.cause?.code ?? "" };
  }
}
