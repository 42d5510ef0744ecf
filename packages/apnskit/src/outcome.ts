import { printable, wordsOf } from "@apnskit/connection/internal";
import { type ConnectFailure, type DeadlineSource, type Phase, PushError } from "@apnskit/pool";
import { ApnskitError } from "./errors.ts";
import { type Advice, REASONS, reasonInfo } from "./reasons.ts";

/** What all outcomes have. Outcomes are plain JSON values: they may be stored and sent on as they are. */
interface OutcomeBase {
  /**
   * The device token in lower-case hexadecimal, as it is on the wire; if it is not a device token, the text that was given,
   * cut. Absent for a broadcast.
   */
  readonly token?: string;
  /** The device token as the caller spelt it, where that differs from `token`: to find it in a database. */
  readonly given?: string;
  /** In `sendMany`: the place of the notification in what was given, from 0. */
  readonly index?: number;
  /** The notification's `apns-id` (of a broadcast: its `apns-request-id`), in lower case; the same over all attempts. */
  readonly apnsId?: string;
  /** The `apns-unique-id`, by which the Push Notifications Console finds it. */
  readonly uniqueId?: string;
  /** How often it was handed to a connection. */
  readonly attempts: number;
  /** Milliseconds from the call to the outcome. */
  readonly duration: number;
}

/** APNs took it over. That is no promise that the device shows it. */
export interface AcceptedOutcome extends OutcomeBase {
  /** Always `accepted`: tells it from the other outcomes. */
  readonly result: "accepted";
  /** The answer's HTTP status: any 2xx; APNs sends 200. */
  readonly status: number;
  /** Always false: APNs takes nothing for a token that it calls dead. */
  readonly tokenIsDead: false;
  /** Always false: sending it again would double it. */
  readonly retryable: false;
}

/** APNs refused it. */
export interface RejectedOutcome extends OutcomeBase {
  /** Always `rejected`: tells it from the other outcomes. */
  readonly result: "rejected";
  /** The answer's HTTP status; anything but 2xx. */
  readonly status: number;
  /** As APNs sent it, without control characters and cut; Apple adds new ones. `HTTP <status>` when the answer named none. */
  readonly reason: string;
  /** What the reason means, and what there is to say about this case. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: Advice;
  /** Whether to stop sending to this device token. */
  readonly tokenIsDead: boolean;
  /** Whether the same may succeed later although the sender corrects nothing. */
  readonly retryable: boolean;
  /** With status 410: when APNs last found the token dead, in milliseconds since 1970-01-01 UTC. */
  readonly timestamp?: number;
  /**
   * Present, and true, when an earlier attempt of this idempotent notification ended without an answer: APNs refused the
   * last attempt, and may have acted on the earlier one.
   */
  readonly maybeDelivered?: true;
}

/** An error in JSON form. */
export interface OutcomeError {
  /** Stable, for programs; `ERR_APNS_UNEXPECTED` for an error that has none. */
  readonly code: string;
  /** For people; may change. */
  readonly message: string;
  /** Where the notification was when it ended; absent if it was never handed to the connections. */
  readonly phase?: Phase;
  /** Why the connection could not be opened, where that is the reason. */
  readonly failure?: ConnectFailure;
  /** Which time limit passed, where that is the reason. */
  readonly deadlineSource?: DeadlineSource;
  /** The error behind this one, such as `ECONNREFUSED` behind a time-out. */
  readonly cause?: OutcomeError;
}

/** It never reached APNs: sending it again cannot double it. */
export interface UnsentOutcome extends OutcomeBase {
  /** Always `unsent`: tells it from the other outcomes. */
  readonly result: "unsent";
  /** What kept it from being sent, such as `ERR_APNS_INVALID_DEVICE_TOKEN`. */
  readonly error: OutcomeError;
  /** Always false: only an answer can say so. */
  readonly tokenIsDead: false;
  /**
   * False when the notification, token or credentials are invalid, when the notification has expired, and when the call's
   * `deadline` has passed.
   */
  readonly retryable: boolean;
}

/** It may have reached APNs or not: sending it again may double it, unless a collapse id makes that harmless. */
export interface UnknownOutcome extends OutcomeBase {
  /** Always `unknown`: tells it from the other outcomes. */
  readonly result: "unknown";
  /** Why there is no answer, such as `ERR_APNS_TIMEOUT`. */
  readonly error: OutcomeError;
  /** Always false: only an answer can say so. */
  readonly tokenIsDead: false;
  /** True only for a notification that was declared idempotent, has not expired, and has no `deadline` that passed. */
  readonly retryable: boolean;
}

/** What became of one notification for one device. */
export type Outcome = AcceptedOutcome | RejectedOutcome | UnsentOutcome | UnknownOutcome;

/** What the sender knows besides the answer. */
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
  /** Whether its `apns-expiration` has passed. */
  readonly expired?: boolean;
}

/** The parts of an answer that make an outcome; `Response` of `@apnskit/connection` has them. */
export interface Answer {
  readonly status: number;
  readonly apnsId: string | undefined;
  readonly apnsUniqueId: string | undefined;
  readonly reason: string | undefined;
  readonly timestamp: number | undefined;
}

/** What is known beside the answer. */
export interface Hints {
  /** Adds to the message, such as that the clock is probably wrong. */
  readonly hint?: string | undefined;
  /** Whether this topic and environment have accepted something lately: then `BadDeviceToken` speaks of the token. */
  readonly tokensFit?: boolean;
}

/** The outcome that an answer means. */
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
 * The outcome that an error means, by its `delivery`. An error that does not say counts as `unknown`: a doubt must not
 * turn into a doubled notification.
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

/** The outcome of a notification that was not even handed over to the engine. */
export function outcomeOfMistake(error: unknown, submission: Submission): UnsentOutcome {
  const outcome = outcomeOfError(error, submission);
  return outcome.result === "unsent" ? outcome : { ...outcome, result: "unsent", retryable: false };
}

/** Causes within causes that are described. */
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

/** Whether an instant has passed that will have passed the next time as well; a `timeout` begins anew. */
function isTooLate(error: unknown): boolean {
  const { deadlineSource } = (error ?? {}) as { readonly deadlineSource?: DeadlineSource };
  return deadlineSource === "expiration" || deadlineSource === "deadline";
}

/** Whether what kept a notification from being sent may pass by itself. */
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
 * Written out in both of its usual shapes: a million of them are made, and an object to which fields are added one by
 * one takes three times the memory on the way.
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

/** An outcome's first fields. Written one by one: spreading what may be absent takes a hundred times as long. */
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

/** Apple answers in upper case, also with ids that it was given in lower case. */
function idOf(submission: Submission, answer: Answer | undefined): string | undefined {
  return answer?.apnsId?.toLowerCase() ?? submission.apnsId;
}
