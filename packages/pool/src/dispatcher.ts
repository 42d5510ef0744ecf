import { Blocked, type Clock, type PushError, type Request, Response } from "@apnskit/connection";
import {
  type AbortGroup,
  type Deadlines,
  type GuardedLogger,
  host,
  turnTime,
} from "@apnskit/connection/internal";
import { assign } from "./assignment.ts";
import type { ConnectionSet } from "./connection-set.ts";
import { type Desk, Job } from "./job.ts";
import type { Member } from "./member.ts";
import { Pauses } from "./pauses.ts";
import type { Resolve } from "./promised-response.ts";
import type { Failure, Recipient } from "./recipient.ts";
import { RequestQueue } from "./request-queue.ts";
import {
  type AttemptResult,
  type ConnectionDecision,
  decide,
  decideStanding,
  type RequestDecision,
  type RetryPolicy,
} from "./retry-policy.ts";

/** The most requests that end in one turn of the event loop when very many end together. */
const SETTLED_AT_ONCE = 2_000;

/** The parts that a dispatcher works with. */
export interface DispatcherSetup {
  readonly connections: ConnectionSet;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly logger: GuardedLogger;
  readonly policy: RetryPolicy;
  /** The most requests that may wait. */
  readonly maxQueue: number;
  /** The server refuses the pool's credentials. */
  terminate(reason: string): void;
}

/** The figures of a dispatcher at one moment. */
export interface DispatcherStats {
  /** Requests that wait for a connection. */
  readonly queued: number;
  /** Milliseconds since the next request in the queue was submitted; 0 when none waits. */
  readonly oldestQueued: number;
  /** Requests that wait for their next attempt. */
  readonly retrying: number;
  /** Requests that have ended with an answer so far, whatever its status. */
  readonly completed: number;
  /** Requests that have ended with an error so far. */
  readonly failed: number;
  /** Attempts after the first, so far. */
  readonly retries: number;
  /** When the server last answered 2xx, in milliseconds since 1970; `undefined` before the first time. */
  readonly lastAcceptedAt: number | undefined;
}

/**
 * Brings requests and connections together: the one loop of the pool. A request waits in the queue, then goes
 * to a connection. When the attempt ends, {@link decide} alone decides what follows.
 *
 *     submit ──▶ queue ──assign──▶ connection ──result──▶ decide ──▶ settled
 *                  ▲                                        │
 *                  └──────────── resend, or pause ◀─────────┘
 */
export class Dispatcher implements Desk {
  readonly #setup: DispatcherSetup;
  readonly #connections: ConnectionSet;
  readonly #clock: Clock;
  readonly #turnTime: Pick<Clock, "now" | "epoch">;
  readonly #queue = new RequestQueue<Job>();
  readonly #pauses: Pauses<Job>;
  readonly #deadlines: Deadlines;
  /** Why there is no connection; `undefined` if there is one. */
  connectError: PushError | undefined;
  #dispatching = false;
  #dispatchScheduled = false;
  /** Counts assignments, so that connections take turns. */
  #turn = 0;
  /** Requests that were taken and are not settled. */
  #pending = 0;
  #completed = 0;
  #failed = 0;
  #retries = 0;
  #lastAcceptedAt: number | undefined;
  /** True when no further attempts are made. */
  #closed = false;
  /** Called as soon as nothing is pending. */
  readonly #idleWaiters = new Set<() => void>();

  constructor(setup: DispatcherSetup) {
    this.#setup = setup;
    this.#connections = setup.connections;
    this.#clock = setup.clock;
    this.#turnTime = turnTime(setup.clock);
    this.#pauses = new Pauses(setup.clock);
    this.#deadlines = setup.deadlines;
  }

  /** Requests that wait for their answer. */
  get inflight(): number {
    return this.#pending - this.#queue.length - this.#pauses.size;
  }

  stats(): DispatcherStats {
    const oldest = this.#queue.peek();
    return {
      queued: this.#queue.length,
      oldestQueued: oldest === undefined ? 0 : Math.max(0, this.#clock.now() - oldest.submittedAt),
      retrying: this.#pauses.size,
      completed: this.#completed,
      failed: this.#failed,
      retries: this.#retries,
      lastAcceptedAt: this.#lastAcceptedAt,
    };
  }

  /**
   * Takes a request.
   *
   * @param now monotonic milliseconds
   * @returns why it is refused; `undefined` if it is taken
   */
  submit(
    request: Request,
    recipient: Recipient | Resolve,
    signal: AbortSignal | AbortGroup | undefined,
    now: number,
    deadline: number,
  ): Blocked | undefined {
    // No request overtakes another: while others wait, there is no room.
    const member =
      this.#queue.length === 0 ? assign(this.#connections.active, request, this.#turn++) : undefined;
    if (member === undefined && this.#queue.length >= this.#setup.maxQueue) {
      return new Blocked(`${this.#queue.length} requests wait already`);
    }
    const job = new Job(this, request, now, deadline, recipient, signal);
    if (this.#pending++ === 0) this.#connections.setNeeded(true);
    this.#deadlines.add(job, now);
    if (member !== undefined) job.send(member);
    else if (job.queue()) this.#queue.push(job);
    return undefined;
  }

  /** Gives requests to connections while there are both. */
  dispatch(): void {
    // Callbacks from here may submit more requests: one loop is enough.
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      this.#dispatchAll(this.#clock.now());
    } finally {
      this.#dispatching = false;
    }
  }

  #dispatchAll(now: number): void {
    let over = 0;
    for (let job = this.#queue.peek(); job !== undefined; job = this.#queue.peek()) {
      if (job.endIfOver(now)) {
        if (++over < SETTLED_AT_ONCE) continue;
        host.setImmediate(() => this.dispatch());
        return;
      }
      const member = assign(this.#connections.active, job.request, this.#turn++, job.avoid);
      if (member === undefined) return;
      this.#queue.shift();
      job.send(member);
    }
  }

  /** Dispatches when all requests that come back together are in the queue, since they come newest first. */
  #dispatchSoon(): void {
    if (this.#dispatchScheduled) return;
    this.#dispatchScheduled = true;
    host.queueMicrotask(() => {
      this.#dispatchScheduled = false;
      this.dispatch();
    });
  }

  // ── the end of an attempt ────────────────────────────────────────────────────────────────────────────────────

  onResult(job: Job, member: Member, result: AttemptResult): void {
    if (result instanceof Response && result.ok) {
      member.answered(result.status);
      if (member.isWornOut) this.#treat(member, "retire", result);
      job.settle(result);
      return;
    }
    const { policy } = this.#setup;
    job.note(member, result);
    const advice = result instanceof Response ? job.advice(result, member) : undefined;
    if (result instanceof Response) member.answered(result.status);
    const decision = decide(result, job.history(this.#clock.now()), member, policy, advice);
    this.#treat(member, decision.connection, result);
    this.#proceed(job, this.#closed ? { action: "settle" } : decision.request, result);
  }

  #proceed(job: Job, decision: RequestDecision, result: AttemptResult): void {
    switch (decision.action) {
      case "settle":
        job.settle(result);
        break;
      case "expire":
        // The instant of the deadline, by the wall clock; the extra millisecond makes up for rounding.
        job.expireEarly(this.#clock.epoch() + job.deadline - this.#clock.now() + 1);
        break;
      case "resend":
        job.countResend();
        this.#requeue(job);
        break;
      case "after":
        job.countPause();
        this.#setup.logger.debug(
          { result: describe(result), delay: decision.delay },
          "request will be retried",
        );
        if (job.pause()) this.#pauses.add(job, decision.delay, () => this.#requeue(job));
        break;
    }
  }

  /** Applies a decision to a connection. */
  #treat(member: Member, decision: ConnectionDecision, result: AttemptResult | undefined): void {
    if (decision === "retire") {
      this.#connections.retire(member, member.reasonToRetire);
    } else if (decision === "stop") {
      member.condemned();
      this.#connections.stop(member);
    } else if (decision === "terminate" && result instanceof Response) {
      member.condemned();
      this.#setup.terminate(result.reason!);
    }
  }

  /** Puts a job that was sent before ahead of the new ones. */
  #requeue(job: Job): void {
    if (!job.queue()) return;
    this.#retries++;
    this.#queue.unshift(job);
    this.#dispatchSoon();
  }

  // ── what jobs report ─────────────────────────────────────────────────────────────────────────────────────────

  onTimeout(member: Member): void {
    member.timedOut();
    this.#treat(member, decideStanding(member, this.#setup.policy), undefined);
  }

  /** A server that keeps its stream limit at 0 and answers PING would hold up the queue for good. */
  onStarved(): void {
    const now = this.#clock.now();
    for (const member of this.#connections.active) {
      if (member.starved(now)) this.#connections.retire(member, "timeouts");
    }
  }

  onLeft(job: Job, place: "queued" | "pausing"): void {
    if (place === "queued") this.#queue.forget();
    else this.#pauses.remove(job);
  }

  onSettled(job: Job, result: Response | Failure): void {
    this.#deadlines.remove(job);
    if (result instanceof Response) {
      this.#completed++;
      if (result.ok) this.#lastAcceptedAt = this.#turnTime.epoch();
    } else this.#failed++;
    if (--this.#pending > 0) return;
    this.#connections.setNeeded(false);
    this.#endIdleWaits();
  }

  epoch(): number {
    return this.#clock.epoch();
  }

  // ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Resolves when nothing is pending, or after so many milliseconds. */
  idle(patience: number): Promise<void> {
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        timer?.cancel();
        this.#idleWaiters.delete(done);
        resolve();
      };
      const timer = patience === Number.POSITIVE_INFINITY ? undefined : this.#clock.setTimer(done, patience);
      this.#idleWaiters.add(done);
    });
  }

  /** From now on, the end of an attempt ends its request. */
  stopRetrying(): void {
    this.#closed = true;
  }

  /** Ends all requests that are not in flight. */
  async failWaiting(reason: string, cause: Error | undefined): Promise<void> {
    let count = 0;
    for (const job of this.#waiting()) {
      job.close(reason, cause);
      // Millions may wait, so the event loop gets a turn now and then.
      if (++count % SETTLED_AT_ONCE === 0) await new Promise((resolve) => host.setImmediate(resolve));
    }
  }

  /** Drops the deadlines when everything is settled. */
  clear(): void {
    this.#deadlines.clear();
    this.#endIdleWaits();
  }

  #endIdleWaits(): void {
    for (const done of this.#idleWaiters) done();
  }

  /** The jobs that are neither in flight nor settled. */
  *#waiting(): Generator<Job> {
    yield* this.#pauses.drain();
    for (let job = this.#queue.peek(); job !== undefined; job = this.#queue.peek()) yield job;
  }
}

/** The text of a result for the log; it contains nothing of the request. */
function describe(result: AttemptResult): string {
  return result instanceof Response ? `${result.status} ${result.reason ?? ""}`.trim() : result.code;
}
