import type { Request } from "@apnskit/connection";
import type { Transport } from "@apnskit/connection/internal";
import type { Candidate } from "./assignment.ts";
import { MAX_TIMEOUTS, type Standing } from "./retry-policy.ts";

/**
 * The group of a connection in the pool:
 *
 * - `active` – takes requests
 * - `retiring` – takes requests only if no other has room; its replacement is on its way
 * - `draining` – takes no more requests; those in flight may finish
 * - `gone` – closed
 */
export type Group = "new" | "active" | "retiring" | "draining" | "gone";

/** How long to keep connections; the jitter is drawn once per connection. */
export interface Lifetime {
  /** Milliseconds; `Infinity` for no limit. */
  readonly maxAge: number;
  /** Requests; `Infinity` for no limit. */
  readonly maxRequests: number;
}

/** A connection counts as proven after so many good answers, or so many milliseconds. */
const PROVEN_ANSWERS = 100;
const PROVEN_AGE = 10_000;

/**
 * Milliseconds for which a server may allow no stream while requests run out of time. It should do so for short
 * durations only (RFC 9113 §6.5.2).
 */
const MOST_WITHHOLDING = 5_000;

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
  /** Answers that count against the connection. */
  #faults = 0;
  #errorsInARow = 0;
  #timeoutsInARow = 0;
  #full = false;
  /** When the first request ran out of time for which it had no room; monotonic milliseconds. */
  #starvedSince: number | undefined = undefined;
  /** Only `ConnectionGroups.move` writes it. */
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

  /** Last choice: it is about to be replaced, may be gone, or did not answer its latest requests. */
  get lastChoice(): boolean {
    return this.group === "retiring" || this.#timeoutsInARow > 0 || this.transport.doubtful;
  }

  /**
   * Takes note of a request whose time ran out in the queue. Returns true if this connection has no use: its
   * server is there, owes no answer and yet has taken no request for longer than it may.
   */
  starved(now: number): boolean {
    const { transport } = this;
    const isIdle = this.group === "active" && transport.inflight === 0;
    if (!isIdle || transport.capacity > 0 || transport.doubtful) return false;
    this.#starvedSince ??= now;
    return now - this.#starvedSince >= MOST_WITHHOLDING;
  }

  /** Records an answer. */
  answered(status: number): void {
    this.#answers++;
    this.#starvedSince = undefined;
    this.#timeoutsInARow = 0;
    this.#errorsInARow = status === 500 ? this.#errorsInARow + 1 : 0;
    if (status === 500) this.#faults++;
  }

  /** The last answer counts against the connection. */
  condemned(): void {
    this.#faults++;
  }

  /** Records a request whose deadline passed while it waited for its answer. */
  timedOut(): void {
    this.#timeoutsInARow++;
  }

  get errorsInARow(): number {
    return this.#errorsInARow;
  }

  get timeoutsInARow(): number {
    return this.#timeoutsInARow;
  }

  /** The reason to replace it, according to its record. */
  get reasonToRetire(): RetireReason {
    if (this.#timeoutsInARow >= MAX_TIMEOUTS) return "timeouts";
    return this.#errorsInARow > 0 ? "InternalServerError" : "maxRequests";
  }

  get isWornOut(): boolean {
    return this.#answers >= this.#retireAfter;
  }

  /** True if it did some work: an answer has come that does not count against it. */
  get hasAnswered(): boolean {
    return this.#answers > this.#faults;
  }

  /**
   * Whether the server really accepted this connection. A connection that ends earlier counts as a failed
   * attempt, so that the pool does not keep calling a server that sends every connection away.
   */
  hasProvenItself(now: number): boolean {
    return this.#answers - this.#faults >= PROVEN_ANSWERS || now - this.openedAt >= PROVEN_AGE;
  }
}
