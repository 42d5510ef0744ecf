import { EventEmitter } from "node:events";
import type { TLSSocket } from "node:tls";
import { ClientSession, ErrorCode, type Limits, type SessionEvent } from "@apnskit/http2";
import { announce } from "./announce.ts";
import type { Clock, Timer } from "./clock.ts";
import { codeOf, openingFailed } from "./connect-failure.ts";
import { Blocked, Closed, type ConnectFailed, type Delivery } from "./errors.ts";
import { type Exchange, type ExchangeHandler, exchangeError } from "./exchange.ts";
import { goawayReason } from "./goaway-reason.ts";
import { host } from "./host.ts";
import { Keepalive } from "./keepalive.ts";
import type { GuardedLogger } from "./logger.ts";
import { duration } from "./options.ts";
import type { Origin } from "./origin.ts";
import type { Request } from "./request.ts";
import { Response } from "./response.ts";

/**
 * - `connecting` – until the server's first SETTINGS frame; nobody but the one who opens it sees a connection in this state
 * - `active` – takes requests
 * - `draining` – takes no more, what is in flight may finish: after GOAWAY, after `close({ drain })`, out of stream ids
 * - `closed` – nothing is in flight
 */
export type ConnectionState = "connecting" | "active" | "draining" | "closed";

/** What a connection tells its listeners, with what they are given. */
export interface ConnectionEvents {
  /** Requests are taken again after `post` threw {@link Blocked} or `capacity` was 0. */
  capacity: [];
  /** No more requests are taken; the reason as in {@link Closed}. */
  draining: [reason: string];
  /** The connection is over and everything in flight has been settled. */
  closed: [reason: string];
}

/** The figures of a connection at one moment. */
export interface ConnectionStats {
  /** See {@link Channel.state}. */
  readonly state: ConnectionState;
  /** Requests that wait for their answer. */
  readonly inflight: number;
  /** Requests that would be taken now. */
  readonly capacity: number;
  /** Bytes of request bodies that wait for flow-control window. */
  readonly buffered: number;
  /** Bytes that wait for the socket. */
  readonly pending: number;
  /** True when `post` would throw {@link Blocked} or {@link Closed}. */
  readonly blocked: boolean;
  /** Requests answered since the connection was opened. */
  readonly answered: number;
}

/** What a connection keeps of its dialer's options. */
export interface ConnectionSetup {
  /** Where it leads to. */
  readonly origin: Origin;
  /** What its timers run on. */
  readonly clock: Clock;
  /** Hears of its life-cycle at `info`. */
  readonly logger: GuardedLogger;
  /** Bounds on what the server can make this end keep or do. */
  readonly limits: Limits;
  /** Milliseconds of silence before a sign of life is asked for; `Infinity`: never. */
  readonly pingInterval: number;
  /** Milliseconds that the sign of life may take. */
  readonly pingTimeout: number;
  /** True: it does not keep the process alive while it is idle. */
  readonly unref: boolean;
}

/** How patiently a connection or pool is closed. */
export interface CloseOptions {
  /** Milliseconds that what is in flight is given to finish. Default 0; `Infinity` for no limit. */
  drain?: number;
}

/** How long a socket may take to send the last bytes before it is cut. */
const LINGER = 1_000;

/**
 * One HTTP/2 connection to APNs, below promises and deadlines: {@link Channel.submit} hands a request over and a handler learns
 * how it ended.
 *
 * All I/O happens here and nowhere below: bytes go from the socket into the session, what the session makes of them
 * goes to the requests, and what it wants to say goes back to the socket in one piece.
 */
export class Channel extends EventEmitter<ConnectionEvents> {
  readonly #setup: ConnectionSetup;
  readonly #session: ClientSession<ExchangeHandler>;
  readonly #flushOnTick = (): void => {
    this.#flushScheduled = false;
    this.#flush();
  };
  readonly #onWritten = (error?: Error | null): void => {
    // The socket's own error is on its way; until then, what has gathered stays here and is known to be unsent.
    if (error) return;
    this.#writing = false;
    if (this.#written !== undefined) this.#session.recycle(this.#written);
    this.#written = undefined;
    this.#flush();
  };
  #state: ConnectionState = "connecting";
  #socket: TLSSocket | undefined;
  #keepalive: Keepalive | undefined;
  /** Why it is draining or closed. */
  #reason = "";
  #receiving = false;
  #flushScheduled = false;
  /** A write is under way: until it is done, requests gather in the session, so that it is known that they are unsent. */
  #writing = false;
  #written: Buffer | undefined;
  /** Somebody was turned away and waits for the `capacity` event. */
  #wanted = false;
  #answered = 0;
  #drainTimer: Timer | undefined;
  #lingerTimer: Timer | undefined;
  /** Settled by the first SETTINGS frame, or what came instead of it. */
  readonly #opened: Promise<void>;
  #settleOpened!: { resolve(): void; reject(error: ConnectFailed): void };
  /** Resolved when the socket is closed. */
  readonly #over: Promise<void>;
  #settleOver!: () => void;

  /** @internal a {@link Dialer} opens it */
  constructor(setup: ConnectionSetup) {
    super();
    this.#setup = setup;
    this.#session = new ClientSession({ ...setup.limits, authority: setup.origin.authority });
    this.#opened = new Promise((resolve, reject) => {
      this.#settleOpened = { resolve, reject };
    });
    // Whoever opens it waits for this promise; it may fail before that.
    this.#opened.catch(() => {});
    this.#over = new Promise((resolve) => {
      this.#settleOver = resolve;
    });
  }

  /**
   * Sends a request and tells the handler how it ended, exactly once, unless it is cancelled.
   *
   * @throws {@link Blocked}, {@link Closed}
   */
  submit(request: Request, handler: ExchangeHandler): Exchange {
    if (this.#state !== "active") throw new Closed(this.#reason, "unsent");
    if (this.room(request) === 0) throw new Blocked(this.#whyBlocked());
    const exchange = this.#session.request(request, handler);
    if (this.#setup.unref && this.#session.openStreams === 1) this.#socket?.ref();
    this.#scheduleFlush();
    return exchange;
  }

  /**
   * How many requests would be taken now, of which this one is the first; 0 if this one would not. When it is 0,
   * `capacity` is emitted as soon as it is worth asking again.
   */
  room(request: Request): number {
    const free = this.#state === "active" ? this.#session.freeStreams : 0;
    if (free > 0 && this.#isThere() && this.#hasWindow(request)) return free;
    this.#wanted = true;
    return 0;
  }

  /**
   * Gives a request up: its stream is reset and its slot is free at once; its handler hears no more of it. Returns what
   * became of it.
   */
  cancel(exchange: Exchange): Delivery {
    // Even if none of it has left: it is in one piece with others, and goes with them, its RST_STREAM behind it.
    if (!exchange.closed) {
      this.#session.reset(exchange, ErrorCode.CANCEL);
      this.#scheduleFlush();
      this.#afterSettling();
    }
    return "unknown";
  }

  /** Asks the server for a sign of life; without one within `pingTimeout` the connection is closed. */
  probe(): void {
    if (this.#state !== "closed") this.#keepalive?.probe();
  }

  /** Settles everything and closes the socket; resolves when it is closed. May be called again, with less patience. */
  close(options: CloseOptions = {}): Promise<void> {
    const drain = duration("drain", options.drain, 0);
    if (this.#state === "closed") return this.#over;
    if (drain === 0 || this.#session.openStreams === 0) {
      this.#shutDown("close");
      return this.#over;
    }
    this.#drain("close");
    this.#drainTimer?.cancel();
    if (drain !== Number.POSITIVE_INFINITY) {
      this.#drainTimer = this.#setup.clock.setTimer(() => this.#shutDown("close"), drain);
    }
    return this.#over;
  }

  /** As {@link Channel.close} without `drain`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Where it is in its life. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Why it takes no more requests, as in {@link Closed}; empty while it does. */
  get reason(): string {
    return this.#reason;
  }

  /** Requests that wait for their answer. */
  get inflight(): number {
    return this.#session.openStreams;
  }

  /** Requests that would be taken now. */
  get capacity(): number {
    if (this.#state !== "active" || this.#session.sendWindow <= 0) return 0;
    return this.#keepalive?.asked && this.#session.openStreams === 0 ? 0 : this.#session.freeStreams;
  }

  /** The figures at this moment, counted as they are asked for. */
  stats(): ConnectionStats {
    const { capacity } = this;
    return {
      state: this.#state,
      inflight: this.#session.openStreams,
      capacity,
      buffered: this.#session.waiting,
      pending: this.#session.outputLength + (this.#socket?.writableLength ?? 0),
      blocked: capacity === 0,
      answered: this.#answered,
    };
  }

  // ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** @internal Takes over a socket that is ready; resolves with the server's first SETTINGS frame. */
  async start(socket: TLSSocket): Promise<void> {
    const { unref } = this.#setup;
    this.#socket = socket;
    socket.on("error", (error) => {
      // The socket is of no use any more, not even for a goodbye.
      socket.destroy();
      this.#shutDown(codeOf(error) ?? error.message, error);
    });
    socket.on("end", () => this.#shutDown("the server ended the connection"));
    socket.on("close", () => {
      this.#shutDown("the connection was lost");
      this.#lingerTimer?.cancel();
      this.#settleOver();
    });
    // Bytes may have come before; what they said may have been a goodbye.
    if (this.#state === "closed") this.#hangUp();
    else if (socket.destroyed) this.#shutDown("the connection was lost", socket.errored ?? undefined);
    else this.#flush();
    await this.#opened;
    if (unref && this.#session.openStreams === 0) socket.unref();
  }

  /** @internal Gives up a connection that is not open yet. */
  abandon(why: Error): void {
    this.#shutDown(why.message);
    if (this.#socket === undefined) this.#settleOver();
  }

  #onFirstSettings(): void {
    const { clock, logger, origin, pingInterval, pingTimeout } = this.#setup;
    this.#state = "active";
    logger.info({ origin: origin.href, address: this.#socket?.remoteAddress }, "connection open");
    this.#keepalive = new Keepalive(clock, pingInterval, pingTimeout, {
      ping: () => {
        this.#session.ping(0);
        this.#scheduleFlush();
      },
      dead: () => {
        this.#shutDown("the server does not answer any more");
        // Nothing can be sent to somebody who is not there.
        this.#socket?.destroy();
      },
    });
    this.#settleOpened.resolve();
  }

  // ── bytes in ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** @internal Bytes from the socket; they are only valid during the call. */
  readonly receive = (chunk: Buffer): void => {
    if (this.#state === "closed") return;
    this.#receiving = true;
    this.#keepalive?.heard(this.#setup.clock.now());
    for (const event of this.#session.receive(chunk)) this.#onEvent(event);
    this.#afterSettling();
    this.#receiving = false;
    this.#flush();
  };

  #onEvent(event: SessionEvent<ExchangeHandler>): void {
    switch (event.type) {
      case "response": {
        const { owner, status, fields, body, trailers } = event.stream;
        this.#answered++;
        owner.onResponse(new Response(status, fields, body, trailers));
        break;
      }
      case "failure": {
        const { stream, failure, errorCode, message } = event;
        stream.owner.onFailure(exchangeError(failure, errorCode, message, stream.status !== 0));
        break;
      }
      case "goaway": {
        const reason = goawayReason(event.errorCode, event.debug);
        this.#drain(reason);
        failAll(event.unprocessed, new Closed(reason, "unsent"));
        break;
      }
      case "settings":
        if (this.#state === "connecting") this.#onFirstSettings();
        break;
      case "pong":
        this.#session.replenish();
        break;
      case "error":
        this.#shutDown(event.error.message, event.error);
        break;
    }
  }

  // ── bytes out ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Many requests of one turn of the event loop leave in one write. */
  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#receiving) return;
    this.#flushScheduled = true;
    host.nextTick(this.#flushOnTick);
  }

  #flush(): void {
    if (this.#writing || this.#socket === undefined) return;
    const bytes = this.#session.takeOutput();
    if (bytes === undefined) return;
    this.#writing = true;
    this.#written = bytes;
    this.#socket.write(bytes, this.#onWritten);
  }

  // ── state ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** False while it is not known whether the server is still there. */
  #isThere(): boolean {
    const keepalive = this.#keepalive!;
    if (this.#session.openStreams > 0) return true;
    if (!keepalive.asked && keepalive.isStale(this.#setup.clock.now())) keepalive.probe();
    return !keepalive.asked;
  }

  /**
   * A request begins when its whole body fits the window, or when nothing else waits for window: so at most one body is
   * cut by the connection's window, and one that is larger than the whole window gets through all the same.
   */
  #hasWindow({ body }: Request): boolean {
    const { sendWindow, waiting } = this.#session;
    return body.length <= sendWindow || (waiting === 0 && sendWindow > 0);
  }

  #whyBlocked(): string {
    if (this.#session.freeStreams === 0) return `no stream is free: ${this.#session.openStreams} are open`;
    return this.#keepalive?.asked ? "waiting for a sign of life" : "no flow-control window is left";
  }

  /** What may have become possible when requests have ended or the server has changed its mind. */
  #afterSettling(): void {
    if (this.#state === "active") {
      if (this.#session.exhausted) this.#drain("stream ids are used up");
      else if (this.#wanted && this.capacity > 0) {
        this.#wanted = false;
        announce(this, "capacity");
      }
    }
    if (this.#session.openStreams > 0) return;
    if (this.#state === "draining") this.#shutDown(this.#reason);
    else if (this.#setup.unref) this.#socket?.unref();
  }

  #drain(reason: string): void {
    if (this.#state === "connecting") {
      this.#shutDown(reason, undefined, reason);
      return;
    }
    if (this.#state !== "active") return;
    this.#state = "draining";
    this.#reason = reason;
    this.#setup.logger.info(
      { origin: this.#setup.origin.href, reason, inflight: this.inflight },
      "connection draining",
    );
    announce(this, "draining", reason);
  }

  /** The only way into `closed`. @param goaway the reason that the server gave for not letting it open */
  #shutDown(reason: string, error?: Error, goaway?: string): void {
    if (this.#state === "closed") return;
    const before = this.#state;
    if (before !== "draining") this.#reason = reason;
    this.#state = "closed";
    this.#keepalive?.stop();
    this.#drainTimer?.cancel();
    const handedOver = this.#session.lastStreamIdTaken;
    // What will be called unsent must not leave with the goodbye.
    if (this.#session.lastStreamId > handedOver) this.#session.discardOutput();
    const inflight = this.#session.abandon();
    this.#hangUp();
    const failed = inflight.length;
    const event = before === "connecting" ? "connecting failed" : "connection closed";
    this.#setup.logger.info({ origin: this.#setup.origin.href, reason, failed }, event);
    failAll(inflight, ({ id }) => {
      return new Closed(reason, id > handedOver ? "unsent" : "unknown", error && { cause: error });
    });
    if (before === "connecting")
      this.#settleOpened.reject(openingFailed(this.#setup.origin.authority, reason, error, goaway));
    else announce(this, "closed", this.#reason);
  }

  /** Says goodbye if that is possible, within bounds. */
  #hangUp(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return;
    for (let bytes = this.#session.takeOutput(); bytes !== undefined; bytes = this.#session.takeOutput()) {
      if (socket.writable) socket.write(bytes);
    }
    socket.destroySoon();
    this.#lingerTimer = this.#setup.clock.setTimer(() => socket.destroy(), LINGER);
    this.#lingerTimer.unref();
  }
}

/**
 * Newest first: a pool puts each that is unsent back at the head of its queue, and so they end up in the order in which
 * they began.
 */
function failAll(exchanges: readonly Exchange[], error: Closed | ((exchange: Exchange) => Closed)): void {
  for (let i = exchanges.length - 1; i >= 0; i--) {
    const exchange = exchanges[i]!;
    exchange.owner.onFailure(typeof error === "function" ? error(exchange) : error);
  }
}
