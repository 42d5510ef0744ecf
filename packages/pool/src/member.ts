import type { Request } from "@apnskit/connection";
import type { Transport } from "@apnskit/connection/internal";
import type { Candidate } from "./assignment.ts";
import type { Group } from "./connection-groups.ts";
import { MAX_TIMEOUTS, type Standing } from "./retry-policy.ts";

/** How long connections are kept; each option with its jitter is drawn once per connection. */
export interface Lifetime {
  /** Milliseconds; `Infinity` for no limit. */
  readonly maxAge: number;
  /** Requests; `Infinity` for no limit. */
  readonly maxRequests: number;
}

/** Answers that speak for it, or milliseconds, after which a connection counts as proven. */
const PROVEN_ANSWERS = 100;
const PROVEN_AGE = 10_000;

/** Connections are retired up to this share earlier, so that they do not all go at once. */
const JITTER = 0.2;

/** Why a connection is replaced. */
export type RetireReason = "maxAge" | "maxRequests" | "InternalServerError" | "timeouts";

/** A connection in the pool, with what the pool knows about it. */
export class Member implements Candidate<Request>, Standing {
  readonly transport: Transport;
  /** Monotonic milliseconds. */
  readonly openedAt: number;
  /** When it is old enough to be replaced; monotonic milliseconds. */
  readonly retireAt: number;
  readonly #retireAfter: number;
  #answers = 0;
  /** Answers that speak against the connection. */
  #faults = 0;
  #errorsInARow = 0;
  #timeoutsInARow = 0;
  #full = false;
  /** Written by `ConnectionGroups.move` alone. */
  group: Group = "new";

  /** @param random from 0 up to 1 */
  constructor(transport: Transport, lifetime: Lifetime, now: number, random: number) {
    this.transport = transport;
    this.openedAt = now;
    const share = 1 - JITTER * random;
    this.retireAt = now + lifetime.maxAge * share;
    this.#retireAfter = lifetime.maxRequests * share;
  }

  room(request: Request): number {
    const room = this.transport.room(request);
    this.#full = room === 0;
    return room;
  }

  get full(): boolean {
    return this.#full;
  }

  /** The connection has said that it is worth asking for room again. */
  freed(): void {
    this.#full = false;
  }

  /** Last choice: to be replaced, asked for a sign of life, or silent towards the requests that it was given last. */
  get lastChoice(): boolean {
    return this.group === "retiring" || this.#timeoutsInARow > 0 || this.transport.doubtful;
  }

  /** Takes note of an answer. */
  answered(status: number): void {
    this.#answers++;
    this.#timeoutsInARow = 0;
    this.#errorsInARow = status === 500 ? this.#errorsInARow + 1 : 0;
    if (status === 500) this.#faults++;
  }

  /** The answer that came last speaks against the connection. */
  condemned(): void {
    this.#faults++;
  }

  /** Takes note of a request whose time ran out while it waited for its answer. */
  timedOut(): void {
    this.#timeoutsInARow++;
  }

  get errorsInARow(): number {
    return this.#errorsInARow;
  }

  get timeoutsInARow(): number {
    return this.#timeoutsInARow;
  }

  /** Why it should be replaced, if its record says so. */
  get reasonToRetire(): RetireReason {
    if (this.#timeoutsInARow >= MAX_TIMEOUTS) return "timeouts";
    return this.#errorsInARow > 0 ? "InternalServerError" : "maxRequests";
  }

  get isWornOut(): boolean {
    return this.#answers >= this.#retireAfter;
  }

  /** True when it did some work: an answer has come that says nothing against it. */
  get hasAnswered(): boolean {
    return this.#answers > this.#faults;
  }

  /**
   * Whether the server meant it when it took this connection. A connection that goes away before counts as a failed
   * attempt, so that a server which sends every connection away at once is not called again and again.
   */
  hasProvenItself(now: number): boolean {
    return this.#answers - this.#faults >= PROVEN_ANSWERS || now - this.openedAt >= PROVEN_AGE;
  }
}
