import { ApnskitError } from "./errors.ts";
import { type Advice, REASONS, reasonInfo } from "./reasons.ts";

/** What all outcomes have. Outcomes are plain JSON values: they may be stored and sent on as they are. */
interface OutcomeBase {
  /** The device token in lower-case hexadecimal; absent when what was given is none, or for a broadcast. */
  readonly token?: string;
  /** The notification's `apns-id`: as APNs answered it, else as it was sent. */
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
  readonly result: "accepted";
  readonly status: number;
  readonly tokenIsDead: false;
  readonly retryable: false;
}

/** APNs refused it. */
export interface RejectedOutcome extends OutcomeBase {
  readonly result: "rejected";
  readonly status: number;
  /** As APNs sent it; Apple adds new ones. `HTTP <status>` when the answer named none. */
  readonly reason: string;
  /** What the reason means, and what there is to say about this case. */
  readonly message: string;
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
  readonly code: string;
  readonly message: string;
}

/** It never reached APNs: sending it again cannot double it. */
export interface Unsent extends OutcomeBase {
  readonly result: "unsent";
  readonly error: OutcomeError;
  readonly tokenIsDead: false;
  /** False when the notification, token or credentials are invalid. */
  readonly retryable: boolean;
}

/** It may have reached APNs or not: sending it again may double it, unless a collapse id makes that harmless. */
export interface Unknown extends OutcomeBase {
  readonly result: "unknown";
  readonly error: OutcomeError;
  readonly tokenIsDead: false;
  /** True only for a notification that was declared idempotent. */
  readonly retryable: boolean;
}

/** What became of one notification for one device. */
export type Outcome = Accepted | RejectedOutcome | Unsent | Unknown;

/** What the sender knows besides the answer. */
export interface Submission {
  readonly token?: string;
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
  const { status, apnsId, apnsUniqueId: uniqueId } = answer;
  const base = { ...baseOf(submission), ...(apnsId && { apnsId }), ...(uniqueId && { uniqueId }) };
  if (status >= 200 && status < 300) {
    return { result: "accepted", ...base, status, tokenIsDead: false, retryable: false };
  }
  const { reason, timestamp } = answer;
  const { reason: known, meaning, advice, tokenIsDead, retryable } = reasonInfo(status, reason);
  return {
    result: "rejected",
    ...base,
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
  const base = { ...baseOf(submission), error: described, tokenIsDead: false } as const;
  if (delivery === "unsent") return { result: "unsent", ...base, retryable: mayPass(error) };
  return { result: "unknown", ...base, retryable: submission.idempotent === true };
}

/** Whether what kept a notification from being sent may pass by itself. */
function mayPass(error: unknown): boolean {
  // Bad input: of this package, and of the engine, whose errors of that kind are TypeErrors.
  if (error instanceof ApnskitError || error instanceof TypeError) return false;
  const { reason, failure } = error as { reason?: unknown; failure?: unknown };
  if (failure === "client-certificate" || failure === "untrusted") return false;
  // A connection that APNs closed with the reason of a rejection, such as BadCertificate.
  return (typeof reason === "string" ? REASONS.get(reason)?.retryable : undefined) ?? true;
}

function baseOf({ token, apnsId, attempts, duration }: Submission): OutcomeBase {
  return {
    ...(token !== undefined && { token }),
    ...(apnsId !== undefined && { apnsId }),
    attempts,
    duration,
  };
}

/** Thrown by `send` when APNs refuses a notification. */
export class Rejected extends ApnskitError {
  override readonly name = "Rejected";
  readonly code = "ERR_APNS_REJECTED";
  readonly outcome: RejectedOutcome;

  constructor(outcome: RejectedOutcome, options?: ErrorOptions) {
    super(`APNs answered ${outcome.status} ${outcome.reason}: ${outcome.message}`, options);
    this.outcome = outcome;
  }

  get status(): number {
    return this.outcome.status;
  }

  get reason(): string {
    return this.outcome.reason;
  }

  get tokenIsDead(): boolean {
    return this.outcome.tokenIsDead;
  }

  get retryable(): boolean {
    return this.outcome.retryable;
  }
}
