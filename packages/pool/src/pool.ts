import { EventEmitter } from "node:events";
import { type InspectOptions, inspect } from "node:util";
import {
  Aborted,
  type Clock,
  Closed,
  type CloseOptions,
  ConnectFailed,
  InvalidOption,
  InvalidRequest,
  type PostOptions,
  Request,
  type Response,
} from "@apnskit/connection";
import {
  AbortGroup,
  announce,
  Deadlines,
  Dialer,
  deadlineOf,
  duration,
  type GuardedLogger,
  guardClock,
  guardLogger,
  otherCopy,
  requireObject,
  requireSignal,
  timeoutOf,
} from "@apnskit/connection/internal";
import { ConnectionSet } from "./connection-set.ts";
import { Dispatcher } from "./dispatcher.ts";
import { type PoolOptions, readOptions, readSize } from "./options.ts";
import type { LastConnectError, PoolState, PoolStats } from "./pool-stats.ts";
import { type PostAllOptions, type PostResult, postAll } from "./post-all.ts";
import { type Resolve, settlePromise } from "./promised-response.ts";
import type { Failure, Life, Recipient } from "./recipient.ts";
import { spreadingLookup } from "./spreading-lookup.ts";

/** The events of a pool, with their arguments. */
export interface PoolEvents {
  /** A connection takes requests. */
  connected: [];
  /** A connection takes no more requests; the reason as in {@link Closed}. */
  disconnected: [reason: string];
  /** An attempt to connect failed; more will be made. */
  connectFailed: [error: ConnectFailed];
  /** The pool has ended: `close` was called, or the server refuses its credentials. */
  closed: [reason: string];
}

/** Milliseconds for answers on the way after the server has refused the credentials. */
const LAST_ANSWERS = 1_000;

/** The life of a request that the pool did not take. */
const untouched: Life = { attempts: 0, maybeDelivered: false, idempotent: false };

/**
 * Connections to APNs behind one queue. Every posted request settles exactly once, with an answer or with an
 * error that says whether the server may have acted on it.
 *
 * A request waits for a connection as long as its time limit allows, goes to a connection with much room,
 * and is sent again where that is safe; the rules are in `retry-policy.ts`. This class is the face: a
 * `Dispatcher` does the work, over a `ConnectionSet`.
 */
export class Pool extends EventEmitter<PoolEvents> {
  readonly #host: string;
  readonly #clock: Clock;
  readonly #logger: GuardedLogger;
  readonly #connections: ConnectionSet;
  readonly #dispatcher: Dispatcher;
  #state: PoolState = "open";
  #closedReason = "close";
  #lastConnectError: LastConnectError | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Begins to connect at once. Requests may be posted immediately; they wait. {@link Pool.open} also waits
   * for a connection.
   *
   * @param origin `https://host` or `https://host:port`
   * @throws {@link InvalidOption} for an invalid origin or option, or unreadable credentials
   */
  constructor(origin: string | URL, options: PoolOptions = {}) {
    super();
    const { settings, forConnections } = readOptions(options);
    const { size, maxQueue, retry, reconnect, lifetime, maxInternalServerErrors, random } = settings;
    const clock = guardClock(options.clock);
    const deadlines = new Deadlines(clock);
    const logger = guardLogger(options.logger);
    const dialer = new Dialer(origin, { ...forConnections, lookup: spreadingLookup(options.lookup) });
    this.#host = dialer.origin.authority;
    this.#clock = clock;
    this.#logger = logger;
    this.#connections = new ConnectionSet(
      size,
      { dialer, clock, deadlines, logger, lifetime, reconnect, random, unref: options.unref ?? false },
      {
        onRoom: () => this.#dispatcher.dispatch(),
        onConnected: () => this.#onConnected(),
        onDisconnected: (reason) => announce(this, "disconnected", reason),
        onConnectFailed: (error) => this.#onConnectFailed(error),
        onRefused: (reason, error) => this.#terminate(reason, error),
      },
    );
    this.#dispatcher = new Dispatcher({
      connections: this.#connections,
      clock,
      deadlines,
      logger,
      policy: { backoff: retry, maxInternalServerErrors, random },
      maxQueue,
      terminate: (reason) => this.#terminate(reason),
    });
    this.#connections.maintain();
  }

  /**
   * Opens a pool and waits for its first connection.
   *
   * @param origin `https://host` or `https://host:port`
   * @throws {@link InvalidOption} for an invalid origin or option, or unreadable credentials
   * @throws {@link ConnectFailed} when none of the first attempts leads to a connection
   */
  static async open(origin: string | URL, options: PoolOptions = {}): Promise<Pool> {
    const pool = new Pool(origin, options);
    try {
      await pool.#firstConnection();
    } catch (error) {
      await pool.close();
      // A `connect` or `lookup` function of the wrong shape is the caller's mistake.
      throw error instanceof ConnectFailed && error.cause instanceof InvalidOption ? error.cause : error;
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
   * @throws {@link Closed} when the pool is closed, or the connection was lost under a request that must not be sent
   *   twice, or was lost twice under any request
   * @throws {@link Blocked} when `maxQueue` requests already wait
   * @throws {@link Aborted}, {@link StreamReset}, {@link ResponseTooLarge}, {@link FormatError}, {@link InvalidRequest}
   */
  post(request: Request, options?: PostOptions): Promise<Response> {
    return new Promise((resolve) => {
      requireRequest(request);
      const refusal = this.#submit(request, resolve, options?.signal);
      if (refusal !== undefined) settlePromise(resolve, refusal);
    });
  }

  /**
   * Sends many requests, from any iterable or async iterable, and yields each result in the order in which
   * requests end. It takes requests only as fast as they are sent and their results are read, so memory is
   * constant. Leaving the loop early cancels the requests in flight.
   */
  postAll(
    requests: Iterable<Request> | AsyncIterable<Request>,
    options: PostAllOptions = {},
  ): AsyncIterableIterator<PostResult> {
    return postAll(this, requests, options);
  }

  /**
   * The layer below {@link Pool.post}, without a promise: the recipient learns how the request ended, perhaps
   * at once.
   *
   * @param signal cancels the request; the packages of this project give many requests one group instead
   * @throws {@link InvalidRequest} for a value that is no {@link Request}
   * @throws {@link InvalidOption} for a recipient that lacks one of its two methods, a signal that is no `AbortSignal`
   */
  submit(request: Request, recipient: Recipient, signal?: AbortSignal | AbortGroup): void {
    requireRequest(request);
    if (typeof recipient?.onResponse !== "function" || typeof recipient.onFailure !== "function") {
      throw new InvalidOption("recipient", "a recipient with onResponse and onFailure is needed");
    }
    const refusal = this.#submit(request, recipient, signal);
    if (refusal !== undefined) recipient.onFailure(refusal, untouched, "queued");
  }

  #submit(
    request: Request,
    recipient: Recipient | Resolve,
    signal: AbortSignal | AbortGroup | undefined,
  ): Failure | undefined {
    const now = this.#clock.now();
    const deadline = deadlineOf(request, now, this.#clock);
    return (
      this.#refusal(request, signal, now, deadline) ??
      this.#dispatcher.submit(request, recipient, signal, now, deadline)
    );
  }

  /** Why a request cannot be taken; `undefined` if it can. */
  #refusal(
    request: Request,
    signal: AbortSignal | AbortGroup | undefined,
    now: number,
    deadline: number,
  ): Failure | undefined {
    if (this.#state !== "open") return new Closed(this.#closedReason, "unsent");
    if (signal !== undefined) {
      if (!(signal instanceof AbortGroup)) requireSignal(signal);
      if (signal.aborted) return new Aborted("unsent", signal.reason);
    }
    if (deadline > now) return undefined;
    return timeoutOf(request, this.#clock.epoch(), "unsent");
  }

  /** Changes the number of connections. Requests in flight on closing connections finish. @throws {@link InvalidOption} */
  resize(size: number): void {
    this.#connections.resize(readSize(size));
  }

  /** The current figures, counted on each call. */
  stats(): PoolStats {
    const connections = this.#connections;
    return {
      state: this.#state,
      active: connections.active.length,
      connecting: connections.connecting,
      draining: connections.draining,
      inflight: connections.inflight,
      ...this.#dispatcher.stats(),
      connectFailures: connections.connectFailures,
      lastConnectError: this.#lastConnectError,
    };
  }

  /** The state of the pool. */
  get state(): PoolState {
    return this.#state;
  }

  /** Requests that wait for their answer. */
  get inflight(): number {
    return this.#dispatcher.inflight;
  }

  /** The wanted number of connections. */
  get size(): number {
    return this.#connections.size;
  }

  /**
   * Closes the pool; resolves when everything is settled and all sockets are closed. May be called again with
   * a shorter `drain`.
   *
   * @param options.drain milliseconds that queued requests and requests in flight get to finish. Default 0:
   *   queued requests fail as `unsent`, requests in flight as `unknown`.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    requireObject("options", options);
    const drain = duration("drain", options.drain, 0);
    if (this.#state === "open") this.#state = "closing";
    if (drain > 0 && this.#closing === undefined) await this.#dispatcher.idle(drain);
    this.#closing ??= this.#shutDown(0);
    await this.#closing;
  }

  /** As {@link Pool.close} without `drain`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One line with its figures. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { state, active, connecting, draining, queued, inflight, retrying } = this.stats();
    const figures = { active, connecting, draining, queued, inflight, retrying };
    const shown = inspect(figures, { ...options, compact: true, breakLength: Number.POSITIVE_INFINITY });
    return `Pool { ${this.#host}, ${state}, size: ${this.size}, ${shown.slice(2)}`;
  }

  #firstConnection(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onFailed = (error: ConnectFailed): void => {
        if (this.#connections.connecting === 0) settle(() => reject(error));
      };
      const onConnected = (): void => settle(resolve);
      const onClosed = (reason: string): void => {
        settle(() => reject(this.#dispatcher.connectError ?? new Closed(reason, "unsent")));
      };
      const settle = (finish: () => void): void => {
        this.off("connected", onConnected).off("connectFailed", onFailed).off("closed", onClosed);
        finish();
      };
      this.on("connected", onConnected).on("connectFailed", onFailed).on("closed", onClosed);
    });
  }

  #onConnected(): void {
    this.#dispatcher.connectError = undefined;
    this.#lastConnectError = undefined;
    announce(this, "connected");
  }

  #onConnectFailed(error: ConnectFailed): void {
    this.#noteConnectError(error);
    announce(this, "connectFailed", error);
  }

  #noteConnectError(error: ConnectFailed): void {
    this.#dispatcher.connectError = error;
    const { failure, message } = error;
    this.#lastConnectError = { failure, message, at: this.#clock.epoch() };
  }

  /** The server refuses these credentials: going on is useless, and further attempts do harm. */
  #terminate(reason: string, error?: ConnectFailed): void {
    if (this.#closing !== undefined) return;
    this.#logger.error({ reason }, "pool ends: the server refuses its credentials");
    if (error === undefined) this.#dispatcher.connectError = undefined;
    else this.#noteConnectError(error);
    this.#closedReason = reason;
    this.#closing = this.#shutDown(LAST_ANSWERS, error);
  }

  async #shutDown(drain: number, cause?: Error): Promise<void> {
    this.#state = "closing";
    const reason = this.#closedReason;
    this.#dispatcher.stopRetrying();
    const connectionsClosed = this.#connections.close(reason, drain);
    await this.#dispatcher.failWaiting(reason, cause);
    await connectionsClosed;
    this.#dispatcher.clear();
    this.#state = "closed";
    announce(this, "closed", reason);
  }
}

function requireRequest(request: unknown): asserts request is Request {
  if (request instanceof Request) return;
  const type = request === null ? "null" : typeof request;
  const problem = otherCopy("Request", request) ?? `a Request is needed; received ${type}`;
  throw new InvalidRequest("request", problem);
}
