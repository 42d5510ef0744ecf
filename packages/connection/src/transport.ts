import { EventEmitter } from "node:events";
import type { TLSSocket } from "node:tls";
import { ClientSession, ErrorCode, type SessionEvent } from "@apnskit/http2";
import { Admission } from "./admission.ts";
import { announce } from "./announce.ts";
import type { Clock } from "./clock.ts";
import { codeOf, openingFailed } from "./connect-failure.ts";
import type { CloseOptions, ConnectionState, ConnectionStats } from "./connection-state.ts";
import type { Deadlines } from "./deadlines.ts";
import { Deferred } from "./deferred.ts";
import { Blocked, Closed, type Delivery } from "./errors.ts";
import {
  answer,
  type Exchange,
  type ExchangeHandler,
  exchangeError,
  fail,
  failAll,
  openExchange,
} from "./exchange.ts";
import { goawayReason } from "./goaway-reason.ts";
import { Keepalive } from "./keepalive.ts";
import { duration } from "./options.ts";
import { outgoing, type Request } from "./request.ts";
import { SocketWriter } from "./socket-writer.ts";
import type { TransportSetup } from "./transport-setup.ts";
import { nextState, type TransportEvents, type TransportState } from "./transport-state.ts";
import { LINGER, TransportTimers } from "./transport-timers.ts";
import { turnTime } from "./turn-time.ts";

/**
 * The socket side of one HTTP/2 connection to APNs, below promises and deadlines: {@link Transport.submit}
 * takes a request, and a handler learns how it ended.
 *
 * All I/O happens here: socket bytes enter the session, its events reach the handlers, its output the socket.
 */
export class Transport extends EventEmitter<TransportEvents> {
  readonly #setup: TransportSetup;
  readonly #session: ClientSession<ExchangeHandler>;
  readonly #writer: SocketWriter;
  readonly #admission: Admission;
  readonly #time: Pick<Clock, "now" | "epoch">;
  readonly #deadlines: Pick<Deadlines, "expireDue"> | undefined;
  readonly #timers: TransportTimers;
  /** Settled by the first SETTINGS frame, or by a failure before it. */
  readonly #opened = new Deferred<void>();
  /** Resolved when the socket is closed. */
  readonly #over = new Deferred<void>();
  #state: TransportState = { name: "connecting", socket: undefined, greeted: false };
  /** True while received bytes are processed: the output that they cause is flushed afterwards. */
  #receiving = false;
  /** A caller was told that there is no room, and waits for the `capacity` event. */
  #wanted = false;
  #answered = 0;

  /**
   * A {@link Dialer} provides the socket.
   *
   * @param deadlines of the submitted requests: checked before bytes leave that had to wait
   */
  constructor(setup: TransportSetup, deadlines?: Pick<Deadlines, "expireDue">) {
    super();
    this.#setup = setup;
    this.#time = turnTime(setup.clock);
    this.#deadlines = deadlines;
    this.#session = new ClientSession({ ...setup.limits, authority: setup.origin.authority });
    this.#timers = new TransportTimers(setup.clock);
    this.#writer = new SocketWriter(this.#session, {
      onWritten: () => this.#expireWaiting(),
      onProgress: () => this.#offerRoom(),
    });
    this.#admission = new Admission(this.#session, this.#writer, this.#time);
    // The dialer waits for this promise; it may be rejected before that.
    this.#opened.promise.catch(() => {});
  }

  /**
   * Sends a request and tells the handler how it ended, exactly once, unless it is cancelled.
   *
   * @throws {@link Blocked}, {@link Closed}, {@link InvalidRequest} for a header list over the server's limit
   */
  submit(request: Request, handler: ExchangeHandler): Exchange {
    const state = this.#state;
    if (state.name !== "active") throw new Closed(this.reason, "unsent");
    const obstacle = this.#admission.obstacle(state.keepalive, outgoing(request).content.length);
    if (obstacle !== undefined) {
      this.#wanted = true;
      throw new Blocked(this.#admission.explain(obstacle));
    }
    const exchange = openExchange(this.#session, request, handler);
    if (this.#setup.unref && this.#session.openStreams === 1) state.socket.ref();
    this.#scheduleFlush();
    return exchange;
  }

  /**
   * How many requests it would take now, this one first; 0 if it would not take this one. After a 0,
   * `capacity` is emitted when it may be worth asking again.
   */
  room(request: Request): number {
    const state = this.#state;
    const { length } = outgoing(request).content;
    const free = state.name === "active" ? this.#roomIn(state.keepalive, length) : 0;
    if (free === 0) this.#wanted = true;
    return free;
  }

  /**
   * True if the server may be gone: it was silent for too long, or has not answered a PING yet. A sibling
   * that is not doubtful is the better choice.
   */
  get doubtful(): boolean {
    const state = this.#state;
    return state.name !== "active" || this.#admission.isDoubtful(state.keepalive);
  }

  /** Cancels a request: resets its stream, frees its slot, drops its handler. Returns a {@link Delivery}. */
  cancel(exchange: Exchange): Delivery {
    if (!exchange.closed) {
      this.#session.reset(exchange, ErrorCode.CANCEL);
      this.#scheduleFlush();
      this.#afterSettling();
    }
    // A request that was not taken from the session is withdrawn: the server never sees it.
    return exchange.progress === "unwritten" ? "unsent" : "unknown";
  }

  /**
   * Sends a PING. If nothing arrives within `pingTimeout`, the connection is closed.
   *
   * @param hold true: an idle connection takes no request before the answer
   */
  probe(hold = true): void {
    const state = this.#state;
    if (state.name === "active" || state.name === "draining") state.keepalive.probe(hold);
  }

  /**
   * Settles every request and closes the socket; resolves when it is closed. Call again to shorten `drain`.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const drain = duration("drain", options.drain, 0);
    if (this.#state.name === "closed") return this.#over.promise;
    const end = () => this.#end("close");
    if (drain === 0 || this.#session.openStreams === 0) end();
    else {
      this.#drain("close");
      this.#timers.set("drain", drain, end);
    }
    return this.#over.promise;
  }

  /** As {@link Transport.close}, but requests of which nothing has left fail at once as `unsent`, to go elsewhere. */
  retire(reason = "close", patience = Number.POSITIVE_INFINITY): Promise<void> {
    if (patience > 0 && this.#session.openStreams > 0) {
      this.#drain(reason);
      failAll(this.#session.recall(), () => new Closed(this.reason, "unsent"));
    }
    return this.close({ drain: patience });
  }

  /** The state of the transport. */
  get state(): ConnectionState {
    return this.#state.name;
  }

  /** Why it takes no more requests, as in {@link Closed}; empty while it takes requests. */
  get reason(): string {
    const state = this.#state;
    return state.name === "draining" || state.name === "closed" ? state.reason : "";
  }

  /** Requests that wait for their answer. */
  get inflight(): number {
    return this.#session.openStreams;
  }

  /** Requests that it would take now. After a 0, `capacity` is emitted when it may be worth asking again. */
  get capacity(): number {
    const capacity = this.#capacity;
    if (capacity === 0) this.#wanted = true;
    return capacity;
  }

  /** The current figures, counted on each call. */
  stats(): ConnectionStats {
    const { capacity } = this;
    return {
      state: this.state,
      inflight: this.#session.openStreams,
      capacity,
      buffered: this.#session.waiting,
      pending: this.#writer.pending,
      blocked: capacity === 0,
      answered: this.#answered,
    };
  }

  // ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes over a socket that is ready; resolves with the server's first SETTINGS frame. */
  async start(socket: TLSSocket): Promise<void> {
    this.#adopt(socket);
    socket.on("error", (error) => {
      // The socket is useless, even for a GOAWAY.
      socket.destroy();
      this.#end(codeOf(error) ?? error.message, error);
    });
    socket.on("end", () => this.#end("the server ended the connection"));
    socket.on("close", () => {
      this.#end("the connection was lost");
      this.#timers.cancel("linger");
      this.#over.resolve();
    });
    // Bytes may have arrived before, and may have ended the connection.
    if (this.state === "closed") this.#hangUp(socket);
    else if (socket.destroyed) this.#end("the connection was lost", socket.errored ?? undefined);
    else this.#writer.flush();
    await this.#opened.promise;
    if (this.#setup.unref && this.#session.openStreams === 0) socket.unref();
  }

  /** Ends a connection that is not open yet. */
  abandon(why: Error): void {
    this.#end(why.message);
    if (this.#state.socket === undefined) this.#over.resolve();
  }

  // ── bytes in ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Bytes from the socket; they are only valid during the call. */
  readonly receive = (chunk: Buffer): void => {
    const state = this.#state;
    if (state.name === "closed") return;
    this.#receiving = true;
    try {
      const now = this.#time.now();
      if (state.name !== "connecting") state.keepalive.heard(now, this.#time.epoch());
      // These bytes may open the window for bodies whose deadline has passed.
      if (this.#session.waiting > 0) this.#deadlines?.expireDue(now);
      for (const event of this.#session.receive(chunk, now)) this.#onEvent(event);
      this.#afterSettling();
    } finally {
      this.#receiving = false;
      this.#writer.flush();
    }
  };

  #onEvent(event: SessionEvent<ExchangeHandler>): void {
    switch (event.type) {
      case "response":
        this.#answered++;
        answer(event.stream);
        break;
      case "failure":
        fail(event.stream.owner, exchangeError(event));
        break;
      case "goaway": {
        const reason = goawayReason(event.errorCode, event.debug);
        if (this.reason === "") this.#drain(reason);
        else announce(this, "dismissed", reason);
        failAll(event.unprocessed, () => new Closed(reason, "unsent"));
        break;
      }
      case "settings":
        this.#activate();
        break;
      case "pong":
        this.#session.replenish();
        break;
      case "error":
        this.#end(event.error.message, event.error);
        break;
    }
  }

  // ── room ─────────────────────────────────────────────────────────────────────────────────────────────────────

  get #capacity(): number {
    const state = this.#state;
    return state.name === "active" ? this.#roomIn(state.keepalive, 1) : 0;
  }

  #roomIn(keepalive: Keepalive, bodyLength: number): number {
    return this.#admission.obstacle(keepalive, bodyLength) === undefined ? this.#session.freeStreams : 0;
  }

  /** Emits `capacity` if a caller found no room before. */
  #offerRoom(): void {
    if (!this.#wanted || this.#capacity === 0) return;
    this.#wanted = false;
    announce(this, "capacity");
  }

  /** After a suspension of the process, requests that still wait to leave may be too late. */
  #expireWaiting(): void {
    if (this.#session.outputLength > 0) this.#deadlines?.expireDue(this.#time.now());
  }

  // ── state ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The only writer of the state. */
  #setState(state: TransportState): void {
    this.#state = state;
  }

  #adopt(socket: TLSSocket): void {
    const state = this.#state;
    this.#writer.attach(socket);
    if (state.name === "connecting" || state.name === "closed") this.#setState({ ...state, socket });
    if (state.name === "connecting" && state.greeted) this.#activate();
  }

  /** The server's first SETTINGS frame; later ones change nothing here. */
  #activate(): void {
    const state = this.#state;
    if (state.name !== "connecting" || nextState(state.name, "settings") !== "active") return;
    const { socket } = state;
    if (socket === undefined) {
      this.#setState({ ...state, greeted: true });
      return;
    }
    const { clock, logger, origin, pingInterval, pingTimeout } = this.#setup;
    const keepalive = new Keepalive(clock, pingInterval, pingTimeout, {
      ping: () => {
        this.#session.ping(0);
        this.#scheduleFlush();
      },
      dead: () => {
        this.#end("the server does not answer any more");
        // Nothing can be sent to a server that is not there.
        socket.destroy();
      },
    });
    this.#setState({ name: "active", socket, keepalive });
    logger.info({ origin: origin.href, address: socket.remoteAddress }, "connection open");
    this.#opened.resolve();
  }

  /** Takes no more requests. */
  #drain(reason: string): void {
    const state = this.#state;
    const next = nextState(state.name, "drain");
    if (next === "closed") this.#end(reason, undefined, reason);
    if (state.name !== "active") return;
    const { socket, keepalive } = state;
    this.#setState({ name: "draining", socket, keepalive, reason });
    const { origin, logger } = this.#setup;
    logger.info({ origin: origin.href, reason, inflight: this.inflight }, "connection draining");
    announce(this, "draining", reason);
  }

  /** The only way into `closed`. @param goaway the reason that the server gave for not letting it open */
  #end(cause: string, error?: Error, goaway?: string): void {
    const before = this.#state;
    if (nextState(before.name, "end") !== "closed") return;
    const reason = before.name === "draining" ? before.reason : cause;
    if (before.name === "active" || before.name === "draining") before.keepalive.stop();
    this.#setState({ name: "closed", socket: before.socket, reason });
    this.#timers.cancel("drain");
    const handedOver = this.#session.lastStreamIdTaken;
    // Requests that are reported as unsent must not leave with the GOAWAY.
    if (this.#session.lastStreamId > handedOver) this.#session.discardOutput();
    const inflight = this.#session.abandon();
    if (before.socket !== undefined) this.#hangUp(before.socket);
    const { origin, logger } = this.#setup;
    // The opener reports a connection that could not be opened.
    const fields = { origin: origin.href, reason: cause, failed: inflight.length };
    if (before.name !== "connecting") logger.info(fields, "connection closed");
    failAll(inflight, ({ id }) => {
      return new Closed(cause, id > handedOver ? "unsent" : "unknown", error && { cause: error });
    });
    if (before.name === "connecting")
      this.#opened.reject(openingFailed(origin.authority, cause, error, goaway));
    else announce(this, "closed", reason);
  }

  /** Continues after requests have ended or the server's settings have changed. */
  #afterSettling(): void {
    const state = this.#state;
    if (state.name === "active") {
      if (this.#session.exhausted) this.#drain("stream ids are used up");
      else this.#offerRoom();
    }
    if (this.#session.openStreams > 0) return;
    const { name, socket } = this.#state;
    if (name === "draining") this.#end(this.reason);
    else if (this.#setup.unref) socket?.unref();
  }

  #scheduleFlush(): void {
    if (!this.#receiving) this.#writer.schedule();
  }

  /** Sends what is left, GOAWAY included, within the time limit, and closes the socket. */
  #hangUp(socket: TLSSocket): void {
    if (socket.destroyed) return;
    this.#writer.finish(socket);
    this.#timers.set("linger", LINGER, () => socket.destroy())?.unref();
  }
}
