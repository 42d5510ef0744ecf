import { Blocked, Closed, type PushError, Response, StreamReset } from "@apnskit/connection";
import { ErrorCode } from "@apnskit/http2";
import { type BackoffOptions, backoffDelay } from "./backoff.ts";

/** How one attempt ended. */
export type AttemptResult = Response | PushError;

/** What is done next with the request. */
export type RequestDecision =
  /** The result is the caller's. */
  | { readonly action: "settle" }
  /** Another attempt would come after the deadline: the last answer stands, or the time-out that is to come. */
  | { readonly action: "expire" }
  /** Another attempt at once, on another connection if there is one. */
  | { readonly action: "resend" }
  /** Another attempt after so many milliseconds. */
  | { readonly action: "after"; readonly delay: number };

/** What is done next with the connection that the attempt went over. */
export type ConnectionDecision =
  /** It takes requests as before. */
  | "keep"
  /** It is replaced: it takes requests until its replacement is there. */
  | "retire"
  /** It takes no more requests from now on; requests in flight may finish. */
  | "stop"
  /** The pool ends: no connection with these credentials is of any use. */
  | "terminate";

/** What follows from the end of an attempt. */
export interface Decision {
  readonly request: RequestDecision;
  readonly connection: ConnectionDecision;
}

/**
 * What the owner of the credentials decides about an answer, instead of the table. A wait that does not fit into the time
 * left ends the request with the last answer.
 */
export interface Advice {
  readonly request: Exclude<RequestDecision, { readonly action: "expire" }>;
  /** Default: what the table says. */
  readonly connection?: "stop";
}

/** What a request has been through when an attempt has ended. */
export interface History {
  /** True if sending it twice does no harm. */
  readonly idempotent: boolean;
  /** How often it was sent again at once. */
  readonly resends: number;
  /** How often it has waited between two attempts. */
  readonly pauses: number;
  /** Connections that were lost while the server may have had it, this attempt included. */
  readonly losses: number;
  /** Milliseconds until its deadline. */
  readonly timeLeft: number;
}

/** What a connection has been through when an attempt over it has ended, this attempt included. */
export interface Standing {
  /** Answers with status 500 since the last other answer. */
  readonly errorsInARow: number;
  /** Requests that timed out since the last answer. */
  readonly timeoutsInARow: number;
  /** True when it has answered as many requests as it may. */
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
 * Connections that may be lost under one request. The request itself may be what the server cannot bear: it must not
 * take down one connection after another, with everything else on them.
 */
export const MAX_LOSSES = 2;

/** Requests in a row that may time out on a connection before it is replaced. */
export const MAX_TIMEOUTS = 3;

/** Reasons by which APNs says that a certificate will not do, in an answer or in a GOAWAY frame. */
const credentialReasons: ReadonlySet<string> = new Set(["BadCertificate", "BadCertificateEnvironment"]);

/**
 * Answers after which a connection takes no more requests. A connection that has seen an expired provider token may stay
 * stuck although the next token is good.
 */
const stoppingReasons: ReadonlySet<string | undefined> = new Set([
  "Shutdown",
  "IdleTimeout",
  "ExpiredProviderToken",
]);

const SETTLE: RequestDecision = { action: "settle" };
const EXPIRE: RequestDecision = { action: "expire" };
const RESEND: RequestDecision = { action: "resend" };

/** Whether no connection with these credentials is of any use (Apple: "Handling notification responses from APNs"). */
export function refusesCredentials(reason: string | undefined): boolean {
  return reason !== undefined && credentialReasons.has(reason);
}

/**
 * The retry table: what an attempt's end means for the request and for the connection.
 *
 * @param advice what the owner of the credentials says about an answer
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
      // A provider token that changes too often is for the owner of the credentials.
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
  // The room that the connection had went to a request that a callback submitted on the way.
  if (error instanceof Blocked) return atOnceFirst(history, policy);
  // The caller's own limits, and answers that cannot be read, are final.
  if (!(error instanceof StreamReset) && !(error instanceof Closed)) return SETTLE;
  // A connection that goes away is paid for in the delay before the next one: its requests need none of their own.
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

/** What a connection's record says, whatever the last attempt was. */
export function decideStanding(
  { errorsInARow, timeoutsInARow, isWornOut }: Standing,
  { maxInternalServerErrors }: RetryPolicy,
): "keep" | "retire" {
  const suspect = errorsInARow >= maxInternalServerErrors || timeoutsInARow >= MAX_TIMEOUTS;
  return suspect || isWornOut ? "retire" : "keep";
}
