import type { InvalidRequest, PushError, Request, Response } from "@apnskit/connection";
import type { Advice } from "./retry-policy.ts";

/** What a request went through in the pool. */
export interface Life {
  /** How often it was handed to a connection. */
  readonly attempts: number;
  /** True once an attempt has ended without an answer while the server may have acted on it. */
  readonly maybeDelivered: boolean;
  /** Whether sending it twice does no harm. */
  readonly idempotent: boolean;
}

/** What the owner of the credentials is told when it is asked about an answer. */
export interface Occasion extends Life {
  /** How often the request has waited between two attempts. */
  readonly pauses: number;
  /** When the connection was opened that the answer came over; monotonic milliseconds. */
  readonly connectionOpenedAt: number;
}

/** Where a request was when it ended without an answer. */
export type Phase = "queued" | "in-flight" | "between-attempts";

/** An error that a submitted request can end with. */
export type Failure = PushError | InvalidRequest;

/**
 * Learns how a submitted request ended: one of `onResponse` and `onFailure` is called, once. An error that one of its
 * methods throws becomes an uncaught exception, except in `prepare` and `advise`.
 */
export interface Recipient {
  /** The answer is here, whatever its status. */
  onResponse(response: Response, life: Life): void;
  /** There is no answer; `delivery` of the error says what became of the request. */
  onFailure(error: Failure, life: Life, phase: Phase): void;
  /**
   * Called before each attempt with the request that was submitted; the request that it returns is sent instead: the same
   * with other headers. So an attempt carries the credentials of its own time, however long it has waited. Path, body and
   * limits must stay as they are. An error that it throws ends the request.
   */
  prepare?: ((request: Request) => Request) | undefined;
  /**
   * Asked about each answer other than 2xx by the pool, as part of its decision: the owner of the credentials knows what
   * to do about a provider token that was refused. `undefined`, or an error that it throws: the retry table decides.
   */
  advise?: ((response: Response, occasion: Occasion) => Advice | undefined) | undefined;
}
