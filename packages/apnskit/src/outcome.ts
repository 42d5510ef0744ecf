import { printable, wordsOf } from "@apnskit/connection/internal";
import { type ConnectFailure, type DeadlineSource, type Phase, PushError } from "@apnskit/pool";
import { ApnskitError } from "./errors.ts";
import { type Advice, REASONS, reasonInfo } from "./reasons.ts";

/** The common fields of all outcomes. Outcomes are plain JSON: store them or pass them on as they are. */
interface OutcomeBase {
  /**
   * The device token in lower-case hexadecimal, as on the wire. If the input was no device token, its text,
   * cut. Absent for a broadcast.
   */
  readonly token?: string;
  /** The device token as the caller spelt it, if that differs from `token`: to find it in a database. */
  readonly given?: string;
  /** In `sendMany`: the place of the notification in the source, from 0. */
  readonly index?: number;
  /** The `apns-id` (for a broadcast, the `apns-request-id`), in lower case; the same in all attempts. */
  readonly apnsId?: string;
  /** The `apns-unique-id`, for a search in the Push Notifications Console. */
  readonly uniqueId?: string;
  /** How often the notification was handed to a connection. */
  readonly attempts: number;
  /** Milliseconds from the call to the outcome. */
  readonly duration: number;
}

/** APNs accepted it. That does not mean that the device shows it. */
export interface AcceptedOutcome extends OutcomeBase {
  /** Always `accepted`: distinguishes it from the other outcomes. */
  readonly result: "accepted";
  /** The answer's HTTP status: any 2xx; APNs sends 200. */
  readonly status: number;
  /** Always false: APNs never accepts a notification for a dead token. */
  readonly tokenIsDead: false;
  /** Always false: sending it again would double it. */
  readonly retryable: false;
}

/** APNs refused it. */
export interface RejectedOutcome extends OutcomeBase {
  /** Always `rejected`: distinguishes it from the other outcomes. */
  readonly result: "rejected";
  /** The answer's HTTP status; anything but 2xx. */
  readonly status: number;
  /**
   * As APNs sent it, cut, without control characters; Apple adds new ones. Without a reason `HTTP <status>`.
   */
  readonly reason: string;
  /** The meaning of the reason, and details of this case. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: Advice;
  /** Whether to stop sending to this device token. */
  readonly tokenIsDead: boolean;
  /** Whether the same notification may succeed later without a correction by the sender. */
  readonly retryable: boolean;
  /** With status 410: when APNs last found the token dead, in milliseconds since 1970-01-01 UTC. */
  readonly timestamp?: number;
  /**
   * Present, and true, if an earlier attempt of this idempotent notification ended without an answer. APNs
   * refused the last attempt, but may have acted on the earlier one.
   */
  readonly maybeDelivered?: true;
}

/** An error in JSON form. */
export interface OutcomeError {
  /** Stable, for programs; `ERR_APNS_UNEXPECTED` for an error without a code. */
  readonly code: string;
  /** For people; may change. */
  readonly message: string;
  /** The phase of the notification when it ended; absent if it was never handed to the connections. */
  readonly phase?: Phase;
  /** Why the connection could not be opened, if that is the reason. */
  readonly failure?: ConnectFailure;
  /** The time limit that passed, if that is the reason. */
  readonly deadlineSource?: DeadlineSource;
  /** The error behind this one, such as `ECONNREFUSED` behind a time-out. */
  readonly cause?: OutcomeError;
}

/** It never reached APNs: sending it again cannot double it. */
export interface UnsentOutcome extends OutcomeBase {
  /** Always `unsent`: distinguishes it from the other outcomes. */
  readonly result: "unsent";
  /** Why it was not sent, such as `ERR_APNS_INVALID_DEVICE_TOKEN`. */
  readonly error: OutcomeError;
  /** Always false: only an answer can say so. */
  readonly tokenIsDead: false;
  /**
   * False when the notification, token or credentials are invalid, when the notification has expired, and when the call's
   * `deadline` has passed.
   */
  readonly retryable: boolean;
}

/** It may have reached APNs. Sending it again may double it, unless a collapse id makes that harmless. */
export interface UnknownOutcome extends OutcomeBase {
  /** Always `unknown`: distinguishes it from the other outcomes. */
  readonly result: "unknown";
  /** Why there is no answer, such as `ERR_APNS_TIMEOUT`. */
  readonly error: OutcomeError;
  /** Always false: only an answer can say so. */
  readonly tokenIsDead: false;
  /** True only if it was declared idempotent, has not expired, and its `deadline` has not passed. */
  readonly retryable: boolean;
}

/** The outcome of one notification for one device. */
export type Outcome = AcceptedOutcome | RejectedOutcome | UnsentOutcome | UnknownOutcome;

/** The sender's data for an outcome, besides the answer. */
export interface Submission {
  readonly token?: string;
  readonly given?: string | undefined;
  readonly index?: number | undefined;
  /** The `apns-id` that was sent. */
  readonly apnsId?: string;
  readonly attempts: number;
  readonly duration: number;
  /** Whether doubling it does no harm. */
  readonly idempotent?: boolean;
  /** Whether an earlier attempt ended without an answer. */
  readonly maybeDelivered?: boolean;
  /** Whether the `apns-expiration` has passed. */
  readonly expired?: boolean;
}

/** The parts of an answer that make an outcome; a `Response` of `@apnskit/connection` has them. */
export interface Answer {
  readonly status: number;
  readonly apnsId: string | undefined;
  readonly apnsUniqueId: string | undefined;
  readonly reason: string | undefined;
  readonly timestamp: number | undefined;
}

/** Context for an answer. */
export interface Hints {
  /** Added to the message, for example that the clock is probably wrong. */
  readonly hint?: string | undefined;
  /** Whether APNs recently accepted something for this topic and environment: the token must then be bad. */
  readonly tokensFit?: boolean;
}

/** The outcome for an answer. */
export function outcomeOfAnswer(
  answer: Answer,
  submission: Submission,
  { hint, tokensFit = false }: Hints = {},
): AcceptedOutcome | RejectedOutcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return accepted(status, submission, answer);
  const { reason, timestamp } = answer;
  const info = reasonInfo(status, reason);
  const isDead = info.tokenIsDead || (tokensFit && info.advice === "check-environment");
  const outcome: Changeable<RejectedOutcome> = {
    ...begin("rejected", submission, answer),
    status,
    reason: reason === undefined ? info.reason : printable(reason) || info.reason,
    message: hint === undefined ? info.meaning : `${info.meaning}; ${hint}`,
    advice: isDead ? "drop-token" : info.advice,
    tokenIsDead: isDead,
    retryable: info.retryable && submission.expired !== true,
  };
  if (timestamp !== undefined) outcome.timestamp = timestamp;
  if (submission.maybeDelivered) outcome.maybeDelivered = true;
  return outcome;
}

/**
 * The outcome for an error, by its `delivery`. An error without one counts as `unknown`, so that a doubt
 * never leads to a doubled notification.
 */
export function outcomeOfError(
  error: unknown,
  submission: Submission,
  phase?: Phase,
): UnsentOutcome | UnknownOutcome {
  const { delivery } = (error ?? {}) as { delivery?: unknown };
  const rest = { error: describe(error, phase), tokenIsDead: false } as const;
  const inTime = submission.expired !== true && !isTooLate(error);
  if (delivery === "unsent") {
    return { ...begin("unsent", submission), ...rest, retryable: inTime && mayPass(error) };
  }
  return { ...begin("unknown", submission), ...rest, retryable: inTime && submission.idempotent === true };
}

/** The outcome of a notification that never reached the engine. */
export function outcomeOfMistake(error: unknown, submission: Submission): UnsentOutcome {
  const outcome = outcomeOfError(error, submission);
  return outcome.result === "unsent" ? outcome : { ...outcome, result: "unsent", retryable: false };
}

/** The most nested causes to describe. */
const DEEPEST_CAUSE = 3;

function describe(error: unknown, phase: Phase | undefined, depth = 0): OutcomeError {
  const { code, failure, deadlineSource, cause } = (error ?? {}) as {
    readonly code?: unknown;
    readonly failure?: ConnectFailure;
    readonly deadlineSource?: DeadlineSource;
    readonly cause?: unknown;
  };
  const described: Changeable<OutcomeError> = {
    code: typeof code === "string" ? printable(code) : "ERR_APNS_UNEXPECTED",
    message: wordsOf(error, 500),
  };
  if (phase !== undefined) described.phase = phase;
  if (failure !== undefined) described.failure = failure;
  if (deadlineSource !== undefined) described.deadlineSource = deadlineSource;
  if (cause instanceof Error && depth < DEEPEST_CAUSE)
    described.cause = describe(cause, undefined, depth + 1);
  return described;
}

/** Whether the limit that passed will have passed the next time as well; a `timeout` begins anew. */
function isTooLate(error: unknown): boolean {
  const { deadlineSource } = (error ?? {}) as { readonly deadlineSource?: DeadlineSource };
  return deadlineSource === "expiration" || deadlineSource === "deadline";
}

/** Whether the obstacle to sending may disappear by itself. */
function mayPass(error: unknown): boolean {
  // Bad input, of this package and of the engine; the other errors of the engine are `PushError`s.
  if (error instanceof ApnskitError && !(error instanceof PushError)) return false;
  const { reason, failure, code, cause } = error as {
    readonly reason?: unknown;
    readonly failure?: unknown;
    readonly code?: unknown;
    readonly cause?: unknown;
  };
  if (code === "ERR_APNS_REQUEST_TOO_LARGE") return false;
  if (failure === "client-certificate" || failure === "untrusted" || failure === "alpn") return false;
  // A connection that APNs closed with the reason of a rejection, such as BadCertificate.
  const known = typeof reason === "string" ? REASONS.get(reason)?.retryable : undefined;
  return known ?? (cause instanceof PushError ? mayPass(cause) : true);
}

/**
 * Written out in its two usual shapes: a million of them are made, and an object that grows field by field
 * takes three times the memory in between.
 */
function accepted(status: number, submission: Submission, answer: Answer): AcceptedOutcome {
  const { token, given, index, attempts, duration } = submission;
  const apnsId = idOf(submission, answer);
  const { apnsUniqueId } = answer;
  const result = "accepted";
  const tokenIsDead = false;
  const retryable = false;
  if (token === undefined || apnsId === undefined) {
    return { ...begin(result, submission, answer), status, tokenIsDead, retryable };
  }
  const outcome: Changeable<AcceptedOutcome> =
    index === undefined
      ? { result, token, apnsId, attempts, duration, status, tokenIsDead, retryable }
      : { result, token, index, apnsId, attempts, duration, status, tokenIsDead, retryable };
  if (given !== undefined) outcome.given = given;
  if (apnsUniqueId !== undefined) outcome.uniqueId = apnsUniqueId;
  return outcome;
}

type Changeable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** An outcome's first fields. Written one by one: spreading optional fields takes a hundred times as long. */
function begin<Result extends Outcome["result"]>(
  result: Result,
  submission: Submission,
  answer?: Answer,
): OutcomeBase & { readonly result: Result } {
  const { token, given, index, attempts, duration } = submission;
  const outcome = { result } as Changeable<OutcomeBase> & { result: Result };
  if (token !== undefined) outcome.token = token;
  if (given !== undefined) outcome.given = given;
  if (index !== undefined) outcome.index = index;
  const apnsId = idOf(submission, answer);
  if (apnsId !== undefined) outcome.apnsId = apnsId;
  if (answer?.apnsUniqueId !== undefined) outcome.uniqueId = answer.apnsUniqueId;
  outcome.attempts = attempts;
  outcome.duration = duration;
  return outcome;
}

/** Apple answers in upper case, even for ids that it got in lower case. */
function idOf(submission: Submission, answer: Answer | undefined): string | undefined {
  return answer?.apnsId?.toLowerCase() ?? submission.apnsId;
}
