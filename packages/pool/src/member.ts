import type { Request } from "@apnskit/connection";
import type { Transport } from "@apnskit/connection/internal";
import type { Diagnosis } from "./retry-policy.ts";

/** How long connections are kept; each option with its jitter is drawn once per connection. */
export interface Lifetime {
  /** Milliseconds; `Infinity` for no limit. */
  readonly maxAge: number;
  /** Requests; `Infinity` for no limit. */
  readonly maxRequests: number;
}

/** Answers other than 500, or milliseconds, after which a connection counts as one that works. */
const PROVEN_ANSWERS = 100;
const PROVEN_AGE = 10_000;

/** Connections are retired up to this share earlier, so that they do not all go at once. */
const JITTER = 0.2;

/** A connection in the pool, with what the pool knows about it. */
export class Member {
  readonly connection: Transport;
  readonly openedAt: number;
  /** When it is old enough to be replaced; monotonic milliseconds. */
  readonly retireAt: number;
  readonly #retireAfter: number;
  #answers = 0;
  #errors = 0;
  #errorsInARow = 0;
  /** True when a replacement is wanted, or on its way: it gets requests only if nobody else has room. */
  retiring = false;

  /** @param random from 0 up to 1 */
  constructor(connection: Transport, lifetime: Lifetime, now: number, random: number) {
    this.connection = connection;
    this.openedAt = now;
    const share = 1 - JITTER * random;
    this.retireAt = now + lifetime.maxAge * share;
    this.#retireAfter = lifetime.maxRequests * share;
  }

  room(request: Request): number {
    return this.connection.room(request);
  }

  /** Takes note of an answer. */
  answered(diagnosis: Diagnosis): void {
    this.#answers++;
    if (diagnosis !== "healthy") this.#errors++;
    this.#errorsInARow = diagnosis === "suspect" ? this.#errorsInARow + 1 : 0;
  }

  /** Answers with status 500 since the last other one. */
  get errorsInARow(): number {
    return this.#errorsInARow;
  }

  get isWornOut(): boolean {
    return this.#answers >= this.#retireAfter;
  }

  /** True when it did some work: an answer has come that says nothing against it. */
  get hasAnswered(): boolean {
    return this.#answers > this.#errors;
  }

  /**
   * Whether the server meant it when it took this connection. One that goes away before is a failed attempt, so that a
   * server which sends everybody away at once is not called again and again.
   */
  hasProvenItself(now: number): boolean {
    return this.#answers - this.#errors >= PROVEN_ANSWERS || now - this.openedAt >= PROVEN_AGE;
  }
}
