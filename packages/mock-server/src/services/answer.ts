import { type Reason, statusOf } from "./reasons.ts";

/** The server's decision about a request. */
export type Answer = Acceptance | Refusal;

export interface Acceptance {
  readonly status: 200 | 201 | 204;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
}

/** A refusal, as the answer states it. */
export interface Refusal {
  /** HTTP status, 400 … 503. */
  readonly status: number;
  /** In the spelling of the wire, for example `"BadDeviceToken"`. */
  readonly reason: string;
  /** With 410 only: milliseconds since the epoch. */
  readonly timestamp?: number;
  /** Further response headers, e.g. `retry-after`, which Apple is not known to send. */
  readonly headers?: Readonly<Record<string, string>>;
}

export const ACCEPTED: Acceptance = Object.freeze({ status: 200 });

const refusals = new Map<Reason, Refusal>();

/** The refusal with this reason and its status; the same object each time unless it has a timestamp. */
export function refuse(reason: Reason, timestamp?: number): Refusal {
  if (timestamp !== undefined) return { status: statusOf(reason), reason, timestamp };
  let refusal = refusals.get(reason);
  if (!refusal) {
    refusal = Object.freeze({ status: statusOf(reason), reason });
    refusals.set(reason, refusal);
  }
  return refusal;
}

export function isRefusal(value: object): value is Refusal {
  return "reason" in value;
}
