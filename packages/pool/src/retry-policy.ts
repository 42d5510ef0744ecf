import { Closed, type PushError, Response, StreamReset } from "@apnskit/connection";
import { ErrorCode } from "@apnskit/http2";

/** How one attempt ended. */
export type Outcome = Response | PushError;

/** What is done next with the request. */
export type Verdict =
  /** The outcome is the caller's. */
  | "settle"
  /** Another attempt at once, on another connection if there is one. */
  | "resend"
  /** Another attempt after a delay. */
  | "back-off";

/** What the outcome says about the connection that it came over. */
export type Diagnosis =
  | "healthy"
  /** It answered 500: once is chance. */
  | "suspect"
  /** It should take no more requests. */
  | "unusable"
  /** No connection with these credentials is of any use (Apple: "Handling notification responses from APNs"). */
  | "credentials-refused";

/** Reasons by which APNs says that a certificate will not do, in an answer or in a GOAWAY frame. */
const credentialReasons: ReadonlySet<string> = new Set(["BadCertificate", "BadCertificateEnvironment"]);

/**
 * Answers after which a connection is let go. One that has had an expired provider token may stay stuck although the next
 * token is good.
 */
const unusableReasons: ReadonlySet<string | undefined> = new Set([
  "Shutdown",
  "IdleTimeout",
  "ExpiredProviderToken",
]);

export function refusesCredentials(reason: string | undefined): boolean {
  return reason !== undefined && credentialReasons.has(reason);
}

/**
 * The retry table.
 *
 * @param idempotent whether sending the request twice does no harm
 * @param resends how often it was sent again at once already
 */
export function decide(outcome: Outcome, idempotent: boolean, resends: number): Verdict {
  return outcome instanceof Response
    ? decideAnswer(outcome, resends)
    : decideError(outcome, idempotent, resends);
}

function decideAnswer(response: Response, resends: number): Verdict {
  switch (response.status) {
    case 429:
      // A provider token that changes too often is for whoever owns the credentials.
      return response.reason === "TooManyProviderTokenUpdates" ? "settle" : "back-off";
    case 500:
      return "back-off";
    case 503:
      return response.reason === "Shutdown" ? atOnceFirst(resends) : "back-off";
    case 400:
      return response.reason === "IdleTimeout" ? atOnceFirst(resends) : "settle";
    default:
      return "settle";
  }
}

function decideError(error: PushError, idempotent: boolean, resends: number): Verdict {
  // The caller's own limits, and answers that cannot be read, are final.
  if (!(error instanceof StreamReset) && !(error instanceof Closed)) return "settle";
  // A connection that goes away is paid for in the delay before the next one: its requests need none of their own.
  if (error.delivery === "unsent") return error instanceof Closed ? "resend" : atOnceFirst(resends);
  return idempotent ? "back-off" : "settle";
}

function atOnceFirst(resends: number): Verdict {
  return resends === 0 ? "resend" : "back-off";
}

/** What an outcome tells about its connection. */
export function diagnose(outcome: Outcome): Diagnosis {
  if (outcome instanceof StreamReset) {
    return outcome.errorCode === ErrorCode.ENHANCE_YOUR_CALM ? "unusable" : "healthy";
  }
  if (!(outcome instanceof Response) || outcome.ok) return "healthy";
  const { reason, status } = outcome;
  if (refusesCredentials(reason)) return "credentials-refused";
  if (unusableReasons.has(reason)) return "unusable";
  return status === 500 ? "suspect" : "healthy";
}
