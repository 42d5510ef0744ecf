import type { CaseLimits } from "./layer.ts";
import type { Script } from "./script.ts";

export type LayerName = "connection" | "pool" | "client";

/** The expected result of a case, by the documented retry table. */
export interface Expectation {
  /**
   * `accepted`, `rejected 503 Shutdown`, `unsent`, `unknown`, or several with "or". `undefined` allows any
   * true claim.
   */
  readonly claim: string | undefined;
  /** Attempts that the server sees; `undefined` if the number differs between runs. */
  readonly attempts: number | undefined;
}

/** The caller ends the request. */
export interface CallerEnd {
  readonly how: "abort" | "close";
  /** The moment: this event of this attempt. */
  readonly at: "whole" | "acted";
  readonly attempt: number;
  /** Milliseconds later. */
  readonly after?: number;
}

/** A time limit of a request, in milliseconds from now. */
export interface Limit {
  readonly kind: "timeout" | "deadline" | "expiration";
  readonly ms: number;
}

/** One request through one layer of the engine, against one script. */
export interface Case {
  /** A line for readers, unique in its table. */
  readonly name: string;
  readonly layer: LayerName;
  readonly script: Script;
  readonly idempotent: boolean;
  readonly limit: Limit;
  /** Milliseconds between two attempts. Default 5 to 20. */
  readonly pause?: number;
  readonly ends: readonly CallerEnd[];
  readonly expected: Expectation;
}

export const anythingTrue: Expectation = { claim: undefined, attempts: undefined };

/**
 * Milliseconds. Cases that end without a limit get a generous limit, so that a busy machine changes no
 * outcome.
 */
export const ENOUGH = 8_000;

/** Default of `timeout` in cases with another limit: long enough to show that the other limit failed. */
const LONG = 10_000;

/** The request's options for a limit, and the milliseconds until it passes. */
export function limitsOf({ limit: { kind, ms }, idempotent }: Case): { limits: CaseLimits; limit: number } {
  if (kind === "timeout") return { limits: { idempotent, timeout: ms }, limit: ms };
  const now = Date.now();
  if (kind === "deadline") return { limits: { idempotent, timeout: LONG, deadline: now + ms }, limit: ms };
  // The header has whole seconds.
  const expiration = Math.ceil((now + ms) / 1_000);
  return { limits: { idempotent, timeout: LONG, expiration }, limit: expiration * 1_000 - now };
}
