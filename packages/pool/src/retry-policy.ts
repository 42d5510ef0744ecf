import { Blocked, Closed, type PushError, Response, StreamReset } from "@apnskit/connection";
import { ErrorCode } from "@apnskit/http2";
import { type BackoffOptions, backoffDelay } from "./backoff.ts";

/** How one attempt ended. */
export type AttemptResult = Response | PushError;

/** What happens next to the request. */
export type RequestDecision =
  /** The caller gets the result. */
  | { readonly action: "settle" }
  /** The next attempt would miss the deadline: the last answer stands, or else the time-out to come. */
  | { readonly action: "expire" }
  /** Another attempt at once, on another connection if there is one. */
  | { readonly action: "resend" }
  /** Another attempt after `delay` milliseconds. */
  | { readonly action: "after"; readonly delay: number };

/** What happens next to the connection of the attempt. */
export type ConnectionDecision =
  /** It takes requests as before. */
  | "keep"
  /** It is replaced, and takes requests until the replacement is ready. */
  | "retire"
  /** It takes no more requests; those in flight may finish. */
  | "stop"
  /** The pool ends: no connection with these credentials can succeed. */
  | "terminate";

/** The consequences of the end of an attempt. */
export interface Decision {
  readonly request: RequestDecision;
  readonly connection: ConnectionDecision;
}

/**
 * A decision of the owner of the credentials about an answer, instead of the table's. A wait that exceeds the
 * time left ends the request with the last answer.
 */
export interface Advice {
  readonly request: Exclude<RequestDecision, { readonly action: "expire" }>;
  /** Default: the decision of the table. */
  readonly connection?: "stop";
}

/** The history of a request at the end of an attempt. */
export interface History {
  /** True if sending it twice does no harm. */
  readonly idempotent: boolean;
  /** How often it was sent again at once. */
  readonly resends: number;
  /** How often it has waited between two attempts. */
  readonly pauses: number;
  /** Connections lost while the server may have had the request, this attempt included. */
  readonly losses: number;
  /** Milliseconds until its deadline. */
  readonly timeLeft: number;
}

/** The record of a connection at the end of an attempt over it, this attempt included. */
export interface Standing {
  /** Answers with status 500 since the last other answer. */
  readonly errorsInARow: number;
  /** Requests that timed out since the last answer. */
  readonly timeoutsInARow: number;
  /** True when it has answered as many requests as `maxRequests` allows. */
  readonly isWornOut: boolean;
}

/** The numbers of the retry table. */
export interface RetryPolicy {
  readonly backoff: BackoffOptions;
  /** Answers with status 500 in a row after which a connection is replaced. */
  readonly maxInternalServerErrors: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/**
 * The most connections that may be lost under one request. The request itself may be the cause: it must not
 * take down one connection after another, with all other requests on them.
 */
export const MAX_LOSSES = 2;

/** Requests in a row that may time out on a connection before it is replaced. */
export const MAX_TIMEOUTS = 3;

/** Reasons by which APNs refuses a certificate, in an answer or in a GOAWAY frame. */
const credentialReasons: ReadonlySet<string> = new Set(["BadCertificate", "BadCertificateEnvironment"]);

/**
 * Answers after which a connection takes no more requests. A connection that has seen an expired provider
 * token may keep failing although the next token is good.
 */
const stoppingReasons: ReadonlySet<string | undefined> = new Set([
  "Shutdown",
  "IdleTimeout",
  "ExpiredProviderToken",
]);

const SETTLE: RequestDecision = { action: "settle" };
const EXPIRE: RequestDecision = { action: "expire" };
const RESEND: RequestDecision = { action: "resend" };

/**
 * Whether no connection with these credentials can succeed (Apple: "Handling notification responses from
 * APNs").
 */
export function refusesCredentials(reason: string | undefined): boolean {
  return reason !== undefined && credentialReasons.has(reason);
}

/**
 * The retry table: what an attempt's end means for the request and for the connection.
 *
 * @param advice of the owner of the credentials about an answer
 */
export function decide(
  result: AttemptResult,
  history: History,
  standing: Standing,
  policy: RetryPolicy,
  advice?: Advice,
): Decision {
  return {
    request: inTime(advice?.request ?? decideRequest(result, history, policy), history.timeLeft),
    connection: advice?.connection ?? decideConnection(result, standing, policy),
  };
}

function inTime(decision: RequestDecision, timeLeft: number): RequestDecision {
  return decision.action === "after" && decision.delay >= timeLeft ? EXPIRE : decision;
}

function decideRequest(result: AttemptResult, history: History, policy: RetryPolicy): RequestDecision {
  return result instanceof Response
    ? decideAnswer(result, history, policy)
    : decideError(result, history, policy);
}

function decideAnswer(response: Response, history: History, policy: RetryPolicy): RequestDecision {
  switch (response.status) {
    case 429:
      // A provider token that changes too often is the credential owner's concern.
      return response.reason === "TooManyProviderTokenUpdates" ? SETTLE : backOff(history, policy);
    case 500:
      return backOff(history, policy);
    case 503:
      return response.reason === "Shutdown" ? atOnceFirst(history, policy) : backOff(history, policy);
    case 400:
      return response.reason === "IdleTimeout" ? atOnceFirst(history, policy) : SETTLE;
    default:
      return SETTLE;
  }
}

function decideError(error: PushError, history: History, policy: RetryPolicy): RequestDecision {
  // A request from a callback took the room that the connection had.
  if (error instanceof Blocked) return atOnceFirst(history, policy);
  // The caller's own limits, and answers that cannot be read, are final.
  if (!(error instanceof StreamReset) && !(error instanceof Closed)) return SETTLE;
  // The delay before the next connection is enough: requests of a lost connection need no delay of their own.
  if (error.delivery === "unsent") return error instanceof Closed ? RESEND : atOnceFirst(history, policy);
  return history.idempotent && history.losses < MAX_LOSSES ? backOff(history, policy) : SETTLE;
}

function atOnceFirst(history: History, policy: RetryPolicy): RequestDecision {
  return history.resends === 0 ? RESEND : backOff(history, policy);
}

function backOff({ pauses }: History, { backoff, random }: RetryPolicy): RequestDecision {
  return { action: "after", delay: backoffDelay(backoff, pauses + 1, random()) };
}

function decideConnection(
  result: AttemptResult,
  standing: Standing,
  policy: RetryPolicy,
): ConnectionDecision {
  if (!(result instanceof Response)) {
    if (result instanceof StreamReset && result.errorCode === ErrorCode.ENHANCE_YOUR_CALM) return "stop";
  } else if (!result.ok) {
    const { reason } = result;
    if (refusesCredentials(reason)) return "terminate";
    if (stoppingReasons.has(reason)) return "stop";
  }
  return decideStanding(standing, policy);
}

/** The decision from a connection's record, whatever the last attempt was. */
export function decideStanding(
  { errorsInARow, timeoutsInARow, isWornOut }: Standing,
  { maxInternalServerErrors }: RetryPolicy,
): "keep" | "retire" {
  const suspect = errorsInARow >= maxInternalServerErrors || timeoutsInARow >= MAX_TIMEOUTS;
  return suspect || isWornOut ? "retire" : "keep";
}
