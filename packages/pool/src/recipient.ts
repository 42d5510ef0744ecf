import type { InvalidRequest, PushError, Request, Response } from "@apnskit/connection";
import type { Advice } from "./retry-policy.ts";

/** The history of a request in the pool. */
export interface Life {
  /** How often it was handed to a connection. */
  readonly attempts: number;
  /** True once an attempt ended without an answer although the server may have acted on it. */
  readonly maybeDelivered: boolean;
  /** Whether sending it twice does no harm. */
  readonly idempotent: boolean;
}

/** The facts about an answer that the owner of the credentials gets. */
export interface Occasion extends Life {
  /** How often the request has waited between two attempts. */
  readonly pauses: number;
  /** When the answer's connection was opened; monotonic milliseconds. */
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
  /** The answer has arrived, whatever its status. */
  onResponse(response: Response, life: Life): void;
  /** There is no answer; the error's `delivery` says whether the server may have acted on the request. */
  onFailure(error: Failure, life: Life, phase: Phase): void;
  /**
   * Called before each attempt with the submitted request; the pool sends the request that it returns, which
   * may differ in headers only. So an attempt carries current credentials, however long it has waited. Path,
   * body and limits must stay the same. An error that it throws ends the request.
   */
  prepare?: ((request: Request) => Request) | undefined;
  /**
   * Called for each answer other than 2xx, as part of the pool's decision: the owner of the credentials knows
   * what to do about a refused provider token. If it returns `undefined` or throws, the retry table decides.
   */
  advise?: ((response: Response, occasion: Occasion) => Advice | undefined) | undefined;
}
