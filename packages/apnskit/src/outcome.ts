import { PushError } from "@apnskit/pool";
import { ApnskitError } from "./errors.ts";
import { type Advice, REASONS, reasonInfo } from "./reasons.ts";

/** What all outcomes have. Outcomes are plain JSON values: they may be stored and sent on as they are. */
interface OutcomeBase {
  /** The device token in lower-case hexadecimal; absent when what was given is none, or for a broadcast. */
  readonly token?: string;
  /** In `sendMany`: the place of the notification in what was given, from 0. */
  readonly index?: number;
  /** The notification's `apns-id` (of a broadcast: its `apns-request-id`), in lower case; the same over all attempts. */
  readonly apnsId?: string;
  /** The `apns-unique-id`, by which the Push Notifications Console finds it. */
  readonly uniqueId?: string;
  /** How often it was submitted. */
  readonly attempts: number;
  /** Milliseconds from the call to the outcome. */
  readonly duration: number;
}

/** APNs took it over. That is no promise that the device shows it. */
export interface Accepted extends OutcomeBase {
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
  /** As APNs sent it; Apple adds new ones. `HTTP <status>` when the answer named none. */
  readonly reason: string;
  /** What the reason means, and what there is to say about this case. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: Advice;
  /** Whether to stop sending to this device token. */
  readonly tokenIsDead: boolean;
  /** Whether the same may succeed later although nobody corrects anything. */
  readonly retryable: boolean;
  /** With status 410: when APNs last found the token dead, in milliseconds since 1970-01-01 UTC. */
  readonly timestamp?: number;
}

/** An error in JSON form. */
export interface OutcomeError {
  /** Stable, for programs; `ERR_APNS_UNEXPECTED` for an error that has none. */
  readonly code: string;
  /** For people; may change. */
  readonly message: string;
}

/** It never reached APNs: sending it again cannot double it. */
export interface Unsent extends OutcomeBase {
  /** Always `unsent`: tells it from the other outcomes. */
  readonly result: "unsent";
  /** What kept it from being sent, such as `ERR_APNS_INVALID_DEVICE_TOKEN`. */
  readonly error: OutcomeError;
  /** Always false: only an answer can say so. */
  readonly tokenIsDead: false;
  /** False when the notification, token or credentials are invalid. */
  readonly retryable: boolean;
}

/** It may have reached APNs or not: sending it again may double it, unless a collapse id makes that harmless. */
export interface Unknown extends OutcomeBase {
  /** Always `unknown`: tells it from the other outcomes. */
  readonly result: "unknown";
  /** Why there is no answer, such as `ERR_APNS_TIMEOUT`. */
  readonly error: OutcomeError;
  /** Always false: only an answer can say so. */
  readonly tokenIsDead: false;
  /** True only for a notification that was declared idempotent. */
  readonly retryable: boolean;
}

/** What became of one notification for one device. */
export type Outcome = Accepted | RejectedOutcome | Unsent | Unknown;

/** What the sender knows besides the answer. */
export interface Submission {
  readonly token?: string;
  readonly index?: number | undefined;
  /** The `apns-id` that was sent. */
  readonly apnsId?: string;
  readonly attempts: number;
  readonly duration: number;
  /** Whether doubling it does no harm. */
  readonly idempotent?: boolean;
}

/** The parts of an answer that make an outcome; `Response` of `@apnskit/connection` has them. */
export interface Answer {
  readonly status: number;
  readonly apnsId: string | undefined;
  readonly apnsUniqueId: string | undefined;
  readonly reason: string | undefined;
  readonly timestamp: number | undefined;
}

/** The outcome that an answer means. `hint` adds to the message, such as that the clock is probably wrong. */
export function outcomeOfAnswer(
  answer: Answer,
  submission: Submission,
  hint?: string,
): Accepted | RejectedOutcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return accepted(status, submission, answer);
  const { reason, timestamp } = answer;
  const { reason: known, meaning, advice, tokenIsDead, retryable } = reasonInfo(status, reason);
  return {
    ...begin("rejected", submission, answer),
    status,
    reason: reason ?? known,
    message: hint === undefined ? meaning : `${meaning}; ${hint}`,
    advice,
    tokenIsDead,
    retryable,
    ...(timestamp !== undefined && { timestamp }),
  };
}

/**
 * The outcome that an error means, by its `delivery`. An error that does not say counts as `unknown`: a doubt must not
 * turn into a doubled notification.
 */
export function outcomeOfError(error: unknown, submission: Submission): Unsent | Unknown {
  const { delivery, code } = (error ?? {}) as { delivery?: unknown; code?: unknown };
  const described = {
    code: typeof code === "string" ? code : "ERR_APNS_UNEXPECTED",
    message: error instanceof Error ? error.message : String(error),
  };
  const rest = { error: described, tokenIsDead: false } as const;
  if (delivery === "unsent") return { ...begin("unsent", submission), ...rest, retryable: mayPass(error) };
  return { ...begin("unknown", submission), ...rest, retryable: submission.idempotent === true };
}

/** The outcome of a notification that was not even handed over to the engine. */
export function outcomeOfMistake(error: unknown, submission: Submission): Unsent {
  const outcome = outcomeOfError(error, submission);
  return outcome.result === "unsent" ? outcome : { ...outcome, result: "unsent", retryable: false };
}

/** Whether what kept a notification from being sent may pass by itself. */
function mayPass(error: unknown): boolean {
  // Bad input, of this package and of the engine; the other errors of the engine are `PushError`s.
  if (error instanceof ApnskitError && !(error instanceof PushError)) return false;
  const { reason, failure } = error as { reason?: unknown; failure?: unknown };
  if (failure === "client-certificate" || failure === "untrusted") return false;
  // A connection that APNs closed with the reason of a rejection, such as BadCertificate.
  return (typeof reason === "string" ? REASONS.get(reason)?.retryable : undefined) ?? true;
}

/**
 * Written out in both of its usual shapes: a million of them are made, and an object to which fields are added one by
 * one takes three times the memory on the way.
 */
function accepted(status: number, submission: Submission, answer: Answer): Accepted {
  const { token, index, attempts, duration } = submission;
  const apnsId = idOf(submission, answer);
  const { apnsUniqueId } = answer;
  const result = "accepted";
  const tokenIsDead = false;
  const retryable = false;
  if (token === undefined || apnsId === undefined) {
    return { ...begin(result, submission, answer), status, tokenIsDead, retryable };
  }
  const outcome: Changeable<Accepted> =
    index === undefined
      ? { result, token, apnsId, attempts, duration, status, tokenIsDead, retryable }
      : { result, token, index, apnsId, attempts, duration, status, tokenIsDead, retryable };
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
  const { token, index, attempts, duration } = submission;
  const outcome = { result } as Changeable<OutcomeBase> & { result: Result };
  if (token !== undefined) outcome.token = token;
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

/** Thrown by `send` when APNs refuses a notification. */
export class Rejected extends ApnskitError {
  /** Always `Rejected`. */
  override readonly name = "Rejected";
  readonly code = "ERR_APNS_REJECTED";
  /** All that is known of the refusal; plain JSON. */
  readonly outcome: RejectedOutcome;

  constructor(outcome: RejectedOutcome, options?: ErrorOptions) {
    super(`APNs answered ${outcome.status} ${outcome.reason}: ${outcome.message}`, options);
    this.outcome = outcome;
  }

  /** The answer's HTTP status, as in `outcome`. */
  get status(): number {
    return this.outcome.status;
  }

  /** As APNs sent it, such as `BadDeviceToken`; as in `outcome`. */
  get reason(): string {
    return this.outcome.reason;
  }

  /** Whether to stop sending to this device token, as in `outcome`. */
  get tokenIsDead(): boolean {
    return this.outcome.tokenIsDead;
  }

  /** Whether the same may succeed later although nobody corrects anything, as in `outcome`. */
  get retryable(): boolean {
    return this.outcome.retryable;
  }
}
