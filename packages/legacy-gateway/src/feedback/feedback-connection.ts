import type { TLSSocket } from "node:tls";
import type { GuardedLogger } from "@apnskit/connection/internal";
import type { Clock, Timer } from "apnskit";
import type { App } from "../apps/app.ts";
import { encodeFeedbackTuple } from "../codec/feedback-tuple.ts";
import { look, stopReading } from "../listeners/peer.ts";
import type { Unread, UnreadConnections } from "../listeners/unread-connections.ts";
import { type FeedbackEntry, type FeedbackStore, tupleOf } from "./feedback-store.ts";

/** What the feedback connections of one app share. */
export interface FeedbackService {
  readonly app: App;
  readonly store: FeedbackStore;
  /** Those whose end is awaited. */
  readonly unread: UnreadConnections;
  readonly clock: Clock;
  readonly logger: GuardedLogger;
  /** Milliseconds that a client has to read the list. */
  readonly timeout: number;
}

/**
 * Milliseconds between the last byte and the end of the stream. By then the gateway notices a client that
 * left without reading: it ended its side too early, or its system reset the connection.
 */
const PAUSE_BEFORE_END = 200;
/** Milliseconds between two looks for the client's end. */
const LOOK_INTERVAL = 50;

/**
 * One connection to the feedback service. It writes the list at once and ends its side. The list is cleared
 * only if the client then ends its own side in order. That shows that the client has read to the end: a
 * client that leaves with unread bytes resets the connection. The gateway reads that end by itself, because
 * Node.js reports a reset right behind bytes as an end.
 */
export class FeedbackConnection implements Unread {
  readonly #socket: TLSSocket;
  readonly #service: FeedbackService;
  readonly #entries: readonly FeedbackEntry[];
  readonly #timer: Timer;
  #pause: Timer | undefined = undefined;
  #hasEnded = false;
  #isOver = false;

  /** @param onClosed called once, when the socket is closed */
  constructor(socket: TLSSocket, service: FeedbackService, onClosed: () => void) {
    const { app, store, unread, clock, timeout } = service;
    this.#socket = socket;
    this.#service = service;
    // Its client may just have read the list on another connection.
    unread.look();
    this.#entries = store.entriesOf(app.name);
    this.#timer = clock.setTimer(() => socket.destroy(), timeout);
    // A feedback client sends nothing.
    socket.on("data", () => {});
    socket.on("end", () => this.#finish(this.#hasEnded));
    socket.on("error", () => this.#finish(false));
    socket.once("close", () => {
      this.#finish(false);
      onClosed();
    });
    const list = Buffer.concat(this.#entries.map((entry) => encodeFeedbackTuple(tupleOf(entry))));
    if (list.length === 0) this.#endStream();
    else {
      socket.write(list, () => {
        if (!this.#isOver) this.#pause = clock.setTimer(() => this.#endStream(), PAUSE_BEFORE_END);
      });
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** For a connection whose end is awaited. */
  checkPeer(): void {
    this.#pause?.cancel();
    this.#awaitEnd();
  }

  #endStream(): void {
    const socket = this.#socket;
    socket.end(() => {
      if (this.#isOver) return;
      if (stopReading(socket)) this.#awaitEnd();
      // The system cannot be asked, so Node.js must tell.
      else this.#hasEnded = true;
    });
  }

  #awaitEnd(): void {
    this.#service.unread.add(this);
    const state = look(this.#socket);
    if (state === "open") this.#pause = this.#service.clock.setTimer(() => this.#awaitEnd(), LOOK_INTERVAL);
    else {
      this.#finish(state === "ended");
      this.#socket.destroy();
    }
  }

  #finish(wasRead: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#service.unread.delete(this);
    this.#timer.cancel();
    this.#pause?.cancel();
    const { app, store, logger } = this.#service;
    if (wasRead) store.delivered(app.name, this.#entries);
    const fields = { app: app.name, tokens: this.#entries.length };
    if (wasRead) logger.info(fields, "feedback list read");
    else logger.warn(fields, "feedback list not read to the end: it stays");
    this.#socket.end();
  }
}
