import { Channel, type ConnectionSetup } from "./channel.ts";
import { deadlineOf, deadlineSource } from "./deadline-of.ts";
import { Deadlines } from "./deadlines.ts";
import { type ConnectionOptions, Dialer } from "./dialer.ts";
import { Aborted, Timeout } from "./errors.ts";
import { requireSignal } from "./options.ts";
import { PendingPost } from "./pending-post.ts";
import type { Request } from "./request.ts";
import type { Response } from "./response.ts";

/** What `post` takes beside the request. */
export interface PostOptions {
  /** Gives the request up, in whatever state it is. */
  signal?: AbortSignal;
}

/**
 * One HTTP/2 connection to APNs. `post` never queues: it throws {@link Blocked} when there is no room.
 */
export class Connection extends Channel {
  readonly #clock: ConnectionSetup["clock"];
  readonly #deadlines: Deadlines;

  /** @internal use {@link Connection.open} */
  constructor(setup: ConnectionSetup) {
    super(setup);
    this.#clock = setup.clock;
    this.#deadlines = new Deadlines(setup.clock);
    this.once("closed", () => this.#deadlines.clear());
  }

  /**
   * Opens a connection; resolves after the server's first SETTINGS frame.
   *
   * @param origin `https://host` or `https://host:port`
   * @throws {@link InvalidOption} for an origin or option that cannot be, credentials that cannot be read
   * @throws {@link ConnectFailed} when it cannot be opened within `connectTimeout`
   */
  static async open(
    origin: string | URL,
    options: ConnectionOptions & PostOptions = {},
  ): Promise<Connection> {
    const { signal, ...rest } = options;
    return new Dialer(origin, rest).dial((setup) => new Connection(setup), signal);
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

  /**
   * Sends a request and resolves with the answer, whatever its status.
   *
   * @throws {@link Blocked} when there is no stream or window for it now
   * @throws {@link Closed} when the connection takes no more requests, or died under this one
   * @throws {@link Timeout} when its time limit passed
   * @throws {@link Aborted}, {@link StreamReset}, {@link ResponseTooLarge}, {@link FormatError}
   */
  async post(request: Request, options: PostOptions = {}): Promise<Response> {
    const { signal } = options;
    if (signal !== undefined) {
      requireSignal(signal);
      if (signal.aborted) throw new Aborted("unsent", signal.reason);
    }
    const now = this.#clock.now();
    const deadline = deadlineOf(request, now, this.#clock);
    if (deadline <= now) throw new Timeout(deadlineSource(request, this.#clock.epoch()), "unsent");
    const post = new PendingPost(this, this.#deadlines, this.#clock, request, deadline, signal);
    this.#deadlines.add(post, now);
    return post.promise;
  }
}
