import { EventEmitter } from "node:events";
import {
  Aborted,
  Blocked,
  type Clock,
  Closed,
  type CloseOptions,
  type ConnectFailed,
  type Delivery,
  InvalidOption,
  InvalidRequest,
  type PostOptions,
  Request,
  Response,
  systemClock,
  Timeout,
} from "@apnskit/connection";
import {
  announce,
  Deadlines,
  Dialer,
  deadlineOf,
  deadlineSource,
  duration,
  type GuardedLogger,
  guardLogger,
  host,
} from "@apnskit/connection/internal";
import { assign } from "./assignment.ts";
import { ConnectionSet } from "./connection-set.ts";
import { Job, type JobBoard, type Recipient, type Trouble } from "./job.ts";
import type { Member } from "./member.ts";
import { type PoolOptions, type PoolSettings, readOptions, readSize } from "./options.ts";
import { type PostAllOptions, type PostResult, postAll } from "./post-all.ts";
import { PromisedResponse } from "./promised-response.ts";
import { RequestQueue } from "./request-queue.ts";
import { Retries } from "./retries.ts";
import { decide, diagnose, type Outcome } from "./retry-policy.ts";
import { spreadingLookup } from "./spreading-lookup.ts";

/**
 * - `open` – takes requests, whether or not there is a connection
 * - `closing` – takes no more; what it has may still finish
 * - `closed` – everything is settled
 */
export type PoolState = "open" | "closing" | "closed";

/** What a pool tells its listeners, with what they are given. */
export interface PoolEvents {
  /** A connection takes requests. */
  connected: [];
  /** A connection takes no more requests; the reason as in {@link Closed}. */
  disconnected: [reason: string];
  /** An attempt to connect failed; more will be made. */
  connectFailed: [error: ConnectFailed];
  /** The pool is over: `close` was called, or the server does not want its credentials. */
  closed: [reason: string];
}

/** The figures of a pool at one moment. */
export interface PoolStats {
  /** See {@link Pool.state}. */
  readonly state: PoolState;
  /** Connections that take requests. */
  readonly active: number;
  /** Connections that are being opened. */
  readonly connecting: number;
  /** Connections that take no more and finish what they have. */
  readonly draining: number;
  /** Requests that wait for a connection. */
  readonly queued: number;
  /** Requests that wait for their answer. */
  readonly inflight: number;
  /** Requests that wait for their next attempt. */
  readonly retrying: number;
  /** Requests that have ended with an answer so far, whatever its status. */
  readonly completed: number;
  /** Requests that have ended with an error so far. */
  readonly failed: number;
  /** Attempts after the first, so far. */
  readonly retries: number;
}

/** Milliseconds that answers on the way are given when the server has refused the credentials. */
const LAST_ANSWERS = 1_000;

/** Requests that are failed in one turn of the event loop when the pool is closed. */
const SETTLED_AT_ONCE = 2_000;

/**
 * Connections to APNs behind one queue. Every request that is posted settles exactly once, with an answer or with an
 * error that says what became of it.
 *
 * It waits for a connection as long as its time limit allows, goes to the connection with the most room, and is sent
 * again where that is safe; the rules are in `retry-policy.ts`.
 */
export class Pool extends EventEmitter<PoolEvents> {
  readonly #settings: PoolSettings;
  readonly #clock: Clock;
  readonly #logger: GuardedLogger;
  readonly #queue = new RequestQueue<Job>();
  readonly #pausing: Retries;
  readonly #deadlines: Deadlines;
  readonly #connections: ConnectionSet;
  readonly #board: JobBoard;
  #state: PoolState = "open";
  #closedReason = "close";
  #connectError: ConnectFailed | undefined;
  #dispatching = false;
  #dispatchScheduled = false;
  /** Requests taken and not settled. */
  #pending = 0;
  #completed = 0;
  #failed = 0;
  #retries = 0;
  #closing: Promise<void> | undefined;
  /** Called when nothing is pending any more, while closing. */
  #onIdle: (() => void) | undefined;

  /**
   * Begins to connect at once; requests may be posted right away and wait. {@link Pool.open} also waits until there is
   * a connection.
   *
   * @param origin `https://host` or `https://host:port`
   * @throws {@link InvalidOption} for an origin or option that cannot be, credentials that cannot be read
   */
  constructor(origin: string | URL, options: PoolOptions = {}) {
    super();
    const { settings, forConnections } = readOptions(options);
    this.#settings = settings;
    this.#clock = options.clock ?? systemClock;
    this.#logger = guardLogger(options.logger);
    this.#deadlines = new Deadlines(this.#clock);
    this.#pausing = new Retries({
      clock: this.#clock,
      backoff: settings.retry,
      random: settings.random,
      logger: this.#logger,
      requeue: (job) => this.#requeue(job),
    });
    const dialer = new Dialer(origin, { ...forConnections, lookup: spreadingLookup(options.lookup) });
    this.#connections = new ConnectionSet(
      settings.size,
      {
        dialer,
        clock: this.#clock,
        logger: this.#logger,
        lifetime: settings.lifetime,
        reconnect: settings.reconnect,
        random: settings.random,
        unref: options.unref ?? false,
      },
      {
        onRoom: () => this.#dispatch(),
        onConnected: () => {
          this.#connectError = undefined;
          announce(this, "connected");
        },
        onDisconnected: (reason) => announce(this, "disconnected", reason),
        onConnectFailed: (error) => {
          this.#connectError = error;
          announce(this, "connectFailed", error);
        },
        onRefused: (reason, error) => this.#terminate(reason, error),
      },
    );
    this.#board = this.#createBoard();
    this.#connections.maintain();
  }

  /**
   * Opens a pool and waits for its first connection.
   *
   * @param origin `https://host` or `https://host:port`
   * @throws {@link InvalidOption} for an origin or option that cannot be, credentials that cannot be read
   * @throws {@link ConnectFailed} when none of the first attempts leads to a connection
   */
  static async open(origin: string | URL, options: PoolOptions = {}): Promise<Pool> {
    const pool = new Pool(origin, options);
    try {
      await pool.#firstConnection();
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** Opens a pool for the time that `use` takes; for JavaScript without `await using`. */
  static async with<Result>(
    origin: string | URL,
    options: PoolOptions,
    use: (pool: Pool) => Result | Promise<Result>,
  ): Promise<Result> {
    const pool = await Pool.open(origin, options);
    try {
      return await use(pool);
    } finally {
      await pool.close();
    }
  }

  /**
   * Sends a request as soon as there is room, again where that is safe, and resolves with APNs's answer, whatever its
   * status.
   *
   * @throws {@link Timeout} when its time limit passed
   * @throws {@link Closed} when the pool is closed, or the connection was lost under a request that must not be sent twice
   * @throws {@link Blocked} when `maxQueue` requests wait already
   * @throws {@link Aborted}, {@link StreamReset}, {@link ResponseTooLarge}, {@link FormatError}
   */
  post(request: Request, options?: PostOptions): Promise<Response> {
    return new Promise((resolve) => this.submit(request, new PromisedResponse(resolve), options?.signal));
  }

  /**
   * Sends many requests, from any iterable or async iterable, and yields how each ended, in the order in which they end.
   * It takes requests only as fast as they are sent and their results are read, so memory stays the same however many
   * there are. Leaving the loop early gives up what is in flight.
   */
  postAll(
    requests: Iterable<Request> | AsyncIterable<Request>,
    options: PostAllOptions = {},
  ): AsyncIterableIterator<PostResult> {
    return postAll(this, requests, options);
  }

  /**
   * The layer below {@link Pool.post}, without a promise: the recipient learns how it ended, perhaps at once.
   *
   * @throws {@link InvalidRequest} for what is no {@link Request}
   * @throws {@link InvalidOption} for a recipient that lacks one of its two methods
   */
  submit(request: Request, recipient: Recipient, signal?: AbortSignal): void {
    if (!(request instanceof Request)) {
      throw new InvalidRequest(
        "request",
        `a Request is needed, got ${request === null ? "null" : typeof request}`,
      );
    }
    if (typeof recipient?.onResponse !== "function" || typeof recipient.onFailure !== "function") {
      throw new InvalidOption("recipient", "a recipient with onResponse and onFailure is needed");
    }
    if (this.#state !== "open") {
      recipient.onFailure(new Closed(this.#closedReason, "unsent"));
      return;
    }
    if (signal?.aborted) {
      recipient.onFailure(new Aborted("unsent", signal.reason));
      return;
    }
    const now = this.#clock.now();
    const deadline = deadlineOf(request, now, this.#clock);
    if (deadline <= now) {
      recipient.onFailure(new Timeout(deadlineSource(request, this.#clock.epoch()), "unsent"));
      return;
    }
    // Nobody is overtaken: while others wait, there is no room.
    const member = this.#queue.length === 0 ? assign(this.#connections.active, request) : undefined;
    if (member === undefined && this.#queue.length >= this.#settings.maxQueue) {
      recipient.onFailure(new Blocked(`${this.#queue.length} requests wait already`));
      return;
    }
    const job = new Job(this.#board, request, deadline, recipient, signal);
    if (this.#pending++ === 0) this.#connections.setNeeded(true);
    this.#deadlines.add(job, now);
    if (member !== undefined) {
      this.#send(job, member);
    } else {
      job.state = "queued";
      this.#queue.push(job);
    }
  }

  /** Changes the number of connections. What is in flight on those that go finishes. @throws {@link InvalidOption} */
  resize(size: number): void {
    this.#connections.resize(readSize(size));
  }

  /** The figures at this moment, counted as they are asked for. */
  stats(): PoolStats {
    return {
      state: this.#state,
      active: this.#connections.active.length,
      connecting: this.#connections.connecting,
      draining: this.#connections.draining,
      queued: this.#queue.length,
      inflight: this.#connections.inflight,
      retrying: this.#pausing.size,
      completed: this.#completed,
      failed: this.#failed,
      retries: this.#retries,
    };
  }

  /** Where it is in its life. */
  get state(): PoolState {
    return this.#state;
  }

  /** Connections that are wanted. */
  get size(): number {
    return this.#connections.size;
  }

  /**
   * Closes the pool; resolves when everything is settled and all sockets are closed. May be called again, with less
   * patience.
   *
   * @param options.drain milliseconds that what is queued and in flight is given to finish. Default 0: what is queued
   *   fails as `unsent`, what is in flight as `unknown`.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const drain = duration("drain", options.drain, 0);
    if (this.#state === "open") this.#state = "closing";
    if (drain > 0 && this.#pending > 0 && this.#closing === undefined) await this.#idle(drain);
    this.#closing ??= this.#shutDown(0);
    await this.#closing;
  }

  /** As {@link Pool.close} without `drain`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #firstConnection(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onFailed = (error: ConnectFailed): void => {
        if (this.#connections.connecting === 0) settle(() => reject(error));
      };
      const onConnected = (): void => settle(resolve);
      const onClosed = (reason: string): void => {
        settle(() => reject(this.#connectError ?? new Closed(reason, "unsent")));
      };
      const settle = (finish: () => void): void => {
        this.off("connected", onConnected).off("connectFailed", onFailed).off("closed", onClosed);
        finish();
      };
      this.on("connected", onConnected).on("connectFailed", onFailed).on("closed", onClosed);
    });
  }

  // ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Gives requests to connections for as long as there are both. */
  #dispatch(): void {
    // What is told to callers in here may come back with more requests: one loop is enough.
    if (this.#dispatching) return;
    this.#dispatching = true;
    const now = this.#clock.now();
    let over = 0;
    for (let job = this.#queue.peek(); job !== undefined; job = this.#queue.peek()) {
      if (job.endIfOver(now)) {
        if (++over < SETTLED_AT_ONCE) continue;
        host.setImmediate(() => this.#dispatch());
        break;
      }
      const member = assign(this.#connections.active, job.request, job.trouble?.avoid);
      if (member === undefined) break;
      this.#queue.shift();
      this.#send(job, member);
    }
    this.#dispatching = false;
  }

  /** Dispatches when those who come back together are all in the queue: they come newest first. */
  #dispatchSoon(): void {
    if (this.#dispatchScheduled) return;
    this.#dispatchScheduled = true;
    host.queueMicrotask(() => {
      this.#dispatchScheduled = false;
      this.#dispatch();
    });
  }

  #send(job: Job, member: Member): void {
    job.state = "in-flight";
    job.member = member;
    job.exchange = member.connection.submit(job.nextRequest(), job);
  }

  /** Puts a job that has been sent before in front of those that have not. */
  #requeue(job: Job): void {
    job.state = "queued";
    this.#retries++;
    this.#queue.unshift(job);
    this.#dispatchSoon();
  }

  // ── outcomes ─────────────────────────────────────────────────────────────────────────────────────────────────

  #createBoard(): JobBoard {
    const pool = this;
    return {
      onOutcome: (job, outcome) => this.#onOutcome(job, outcome),
      withdraw: (job) => this.#withdraw(job),
      onSettled: (job, outcome) => this.#onSettled(job, outcome),
      epoch: () => this.#clock.epoch(),
      get connectError() {
        return pool.#connectError;
      },
    };
  }

  #onOutcome(job: Job, outcome: Outcome): void {
    const { member } = job;
    // It was given up by somebody who had just been told of another request of the same read.
    if (member === undefined) return;
    job.exchange = undefined;
    job.member = undefined;
    this.#examine(member, outcome);
    const { trouble } = job;
    if (trouble === undefined && outcome instanceof Response && outcome.ok) {
      job.settle(outcome);
      return;
    }
    this.#onTrouble(job, job.beginTrouble(), member, outcome);
  }

  /** Another attempt, or the end. */
  #onTrouble(job: Job, trouble: Trouble, member: Member, outcome: Outcome): void {
    trouble.last = outcome;
    trouble.avoid = member;
    if (!(outcome instanceof Response) && outcome.delivery === "unknown") trouble.maybeDelivered = true;
    const verdict =
      this.#state === "closed" ? "settle" : decide(outcome, job.request.idempotent, trouble.resends);
    if (verdict === "settle") {
      job.settle(outcome);
    } else if (verdict === "resend") {
      trouble.resends++;
      this.#requeue(job);
    } else {
      this.#pausing.add(job, trouble, outcome);
    }
  }

  /** What an outcome says about the connection. */
  #examine(member: Member, outcome: Outcome): void {
    const diagnosis = diagnose(outcome);
    if (outcome instanceof Response) member.answered(diagnosis);
    if (diagnosis === "healthy") {
      if (member.isWornOut) this.#connections.retire(member, "maxRequests");
    } else if (diagnosis === "suspect") {
      if (member.errorsInARow >= this.#settings.maxInternalServerErrors) {
        this.#connections.retire(member, "InternalServerError");
      }
    } else if (diagnosis === "unusable") {
      this.#connections.dismiss(member);
    } else {
      this.#terminate((outcome as Response).reason!);
    }
  }

  /** Takes a job out of wherever it is. */
  #withdraw(job: Job): Delivery {
    const { state, member, exchange } = job;
    job.state = "nowhere";
    if (state === "queued") this.#queue.forget();
    if (state === "backing-off") this.#pausing.remove(job);
    if (state !== "in-flight") return "unsent";
    const { connection } = member!;
    const delivery = connection.cancel(exchange!);
    // Perhaps it is not this request that is slow but the connection that is dead.
    connection.probe();
    return delivery;
  }

  #onSettled(job: Job, outcome: Outcome): void {
    this.#deadlines.remove(job);
    if (outcome instanceof Response) this.#completed++;
    else this.#failed++;
    if (--this.#pending > 0) return;
    this.#connections.setNeeded(false);
    this.#onIdle?.();
  }

  // ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Resolves when nothing is pending, or after so many milliseconds. */
  #idle(patience: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = patience === Number.POSITIVE_INFINITY ? undefined : this.#clock.setTimer(done, patience);
      const before = this.#onIdle;
      this.#onIdle = done;
      function done(): void {
        timer?.cancel();
        before?.();
        resolve();
      }
    });
  }

  /** The server does not want these credentials: there is no use in going on, and harm in trying. */
  #terminate(reason: string, error?: ConnectFailed): void {
    if (this.#closing !== undefined) return;
    this.#logger.error({ reason }, "pool ends: the server refuses its credentials");
    this.#connectError = error;
    this.#closedReason = reason;
    this.#closing = this.#shutDown(LAST_ANSWERS, error);
  }

  /** Takes out, one by one, the jobs that are neither in flight nor settled. */
  *#waiting(): Generator<Job> {
    yield* this.#pausing.drain();
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) yield job;
  }

  async #shutDown(drain: number, cause?: Error): Promise<void> {
    this.#state = "closed";
    const reason = this.#closedReason;
    const closed = new Closed(reason, "unsent", cause && { cause });
    const connectionsClosed = this.#connections.close(drain);
    let count = 0;
    for (const job of this.#waiting()) {
      job.settle(job.trouble?.last instanceof Response ? job.trouble.last : closed);
      // Millions may wait: the event loop gets a turn now and then.
      if (++count % SETTLED_AT_ONCE === 0) await new Promise((resolve) => host.setImmediate(resolve));
    }
    await connectionsClosed;
    this.#deadlines.clear();
    this.#onIdle?.();
    announce(this, "closed", reason);
  }
}
