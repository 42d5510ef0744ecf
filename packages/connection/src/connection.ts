import { EventEmitter } from "node:events";
import { inspect } from "node:util";
import { announce } from "./announce.ts";
import type { CloseOptions, ConnectionEvents, ConnectionState, ConnectionStats } from "./connection-state.ts";
import { deadlineOf, timeoutOf } from "./deadline-of.ts";
import { Deadlines } from "./deadlines.ts";
import { type ConnectionOptions, Dialer } from "./dialer.ts";
import { Aborted, ConnectFailed, InvalidOption, InvalidRequest } from "./errors.ts";
import { received, requireObject, requireSignal } from "./options.ts";
import { PendingPost } from "./pending-post.ts";
import { Request } from "./request.ts";
import type { Response } from "./response.ts";
import { Transport } from "./transport.ts";
import type { TransportSetup } from "./transport-setup.ts";

/** Options of `post`. */
export interface PostOptions {
  /** Cancels the request, whatever its state. */
  signal?: AbortSignal | undefined;
}

/** The transport of a connection; for the tests of this package. */
export let transportOf: (connection: Connection) => Transport;

/** A connection over a transport; for the tests of this package. */
export let connectionOver: (transport: Transport, setup: TransportSetup) => Connection;

/** One HTTP/2 connection to APNs. `post` never queues: it throws {@link Blocked} when there is no room. */
export class Connection extends EventEmitter<ConnectionEvents> {
  readonly #transport: Transport;
  readonly #authority: string;
  readonly #clock: TransportSetup["clock"];
  readonly #deadlines: Deadlines;

  static {
    transportOf = (connection) => connection.#transport;
    connectionOver = (transport, setup) => new Connection(transport, setup, new Deadlines(setup.clock));
  }

  private constructor(transport: Transport, setup: TransportSetup, deadlines: Deadlines) {
    super();
    this.#transport = transport;
    this.#authority = setup.origin.authority;
    this.#clock = setup.clock;
    this.#deadlines = deadlines;
    transport.on("capacity", () => announce(this, "capacity"));
    transport.on("draining", (reason) => announce(this, "draining", reason));
    transport.on("closed", (reason) => {
      this.#deadlines.clear();
      announce(this, "closed", reason);
    });
  }

  /**
   * Opens a connection; resolves after the server's first SETTINGS frame.
   *
   * @param origin `https://host` or `https://host:port`
   * @throws {@link InvalidOption} for an invalid origin or option, or unreadable credentials
   * @throws {@link ConnectFailed} if the connection cannot be opened within `connectTimeout`
   */
  static async open(
    origin: string | URL,
    options: ConnectionOptions & PostOptions = {},
  ): Promise<Connection> {
    requireObject("options", options);
    const { signal, ...rest } = options;
    let connection: Connection | undefined;
    let setup: TransportSetup | undefined;
    const create = (given: TransportSetup): Transport => {
      setup = given;
      const deadlines = new Deadlines(given.clock);
      const transport = new Transport(given, deadlines);
      connection = new Connection(transport, given, deadlines);
      return transport;
    };
    try {
      await new Dialer(origin, rest).dial(create, signal);
    } catch (error) {
      if (setup !== undefined && error instanceof ConnectFailed) {
        const reason = error.reason ?? error.message;
        setup.logger.info({ origin: setup.origin.href, reason, failed: 0 }, "connecting failed");
      }
      // A `connect` or `lookup` function of the wrong shape is the caller's mistake.
      throw error instanceof ConnectFailed && error.cause instanceof InvalidOption ? error.cause : error;
    }
    return connection!;
  }

  /** Opens a connection for the time that `use` takes; for JavaScript without `await using`. */
  static async with<Result>(
    origin: string | URL,
    options: ConnectionOptions & PostOptions,
    use: (connection: Connection) => Result | Promise<Result>,
  ): Promise<Result> {
    const connection = await Connection.open(origin, options);
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }

  /** One line with the figures. */
  [inspect.custom](): string {
    return `Connection { ${this.#authority}, ${this.state}, inflight ${this.inflight}, capacity ${this.capacity} }`;
  }

  /**
   * Sends a request and resolves with the answer, whatever its status.
   *
   * @throws {@link Blocked} when there is no stream or window for it now
   * @throws {@link Closed} when the connection takes no more requests, or ended while this one was in flight
   * @throws {@link Timeout} when its time limit passed
   * @throws {@link InvalidRequest} when its header list is over the limit of the server or of this end
   * @throws {@link Aborted}, {@link StreamReset}, {@link ResponseTooLarge}, {@link FormatError}
   */
  async post(request: Request, options: PostOptions = {}): Promise<Response> {
    if (!(request instanceof Request)) {
      throw new InvalidRequest("request", `post needs a Request${received(request)}`);
    }
    requireObject("options", options);
    const { signal } = options;
    if (signal !== undefined) {
      requireSignal(signal);
      if (signal.aborted) throw new Aborted("unsent", signal.reason);
    }
    const now = this.#clock.now();
    const deadline = deadlineOf(request, now, this.#clock);
    if (deadline <= now) throw timeoutOf(request, this.#clock.epoch(), "unsent");
    const post = new PendingPost(this.#transport, this.#deadlines, this.#clock, request, deadline, signal);
    this.#deadlines.add(post, now);
    return post.promise;
  }

  /**
   * Settles every request and closes the socket; resolves when the socket is closed. May be called again with
   * a shorter `drain`.
   *
   * @param options.drain milliseconds that requests in flight get to finish. Default 0: they fail with {@link Closed}.
   */
  close(options: CloseOptions = {}): Promise<void> {
    requireObject("options", options);
    return this.#transport.close(options);
  }

  /** As {@link Connection.close} without `drain`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The state of the connection. */
  get state(): ConnectionState {
    return this.#transport.state;
  }

  /** Why the connection takes no more requests, as in {@link Closed}; empty while it takes requests. */
  get reason(): string {
    return this.#transport.reason;
  }

  /** Requests that wait for their answer. */
  get inflight(): number {
    return this.#transport.inflight;
  }

  /** Requests that the connection would take now. After a 0, `capacity` is emitted when there is room. */
  get capacity(): number {
    return this.#transport.capacity;
  }

  /** The current figures, counted on each call. */
  stats(): ConnectionStats {
    return this.#transport.stats();
  }
}
