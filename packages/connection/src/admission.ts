import type { ClientSession } from "@apnskit/http2";
import type { Clock } from "./clock.ts";
import type { Keepalive } from "./keepalive.ts";
import type { SocketWriter } from "./socket-writer.ts";

/**
 * The connection takes no more requests while this many bytes wait for the socket. One turn of the event loop
 * may hand over a thousand requests with the largest payload, 5 KB, and this leaves 3 KB for the headers of
 * each. It also bounds the memory of a connection whose server reads slowly.
 */
export const MOST_PENDING = 8_388_608;

/** Why a connection does not take a request. */
export type Obstacle =
  /** All streams are in use. */
  | "streams"
  /** The server may be gone. */
  | "silence"
  /** Too many bytes wait for the socket. */
  | "socket"
  /** The flow-control window is used up. */
  | "window";

type Session = Pick<ClientSession<unknown>, "freeStreams" | "openStreams" | "sendWindow" | "waiting">;

/** Decides whether an active connection takes a request now. */
export class Admission {
  readonly #session: Session;
  readonly #writer: Pick<SocketWriter, "pending">;
  readonly #time: Pick<Clock, "now" | "epoch">;

  constructor(session: Session, writer: Pick<SocketWriter, "pending">, time: Pick<Clock, "now" | "epoch">) {
    this.#session = session;
    this.#writer = writer;
    this.#time = time;
  }

  /**
   * Why the connection refuses a body of this length now; `undefined` if it does not. Probes a silent server.
   */
  obstacle(keepalive: Keepalive, bodyLength: number): Obstacle | undefined {
    const session = this.#session;
    if (session.freeStreams === 0) return "streams";
    if (!this.#isThere(keepalive)) return "silence";
    if (this.#writer.pending >= MOST_PENDING) return "socket";
    // A request is taken if its whole body fits the window, or if nothing else waits for window. So the
    // connection's window cuts at most one body, and a body larger than the whole window still gets through.
    const { sendWindow } = session;
    if (bodyLength > sendWindow && (sendWindow <= 0 || session.waiting > 0)) return "window";
    return undefined;
  }

  /** An obstacle in words. */
  explain(obstacle: Obstacle | undefined): string {
    switch (obstacle) {
      case "streams":
        return `no stream is free: ${this.#session.openStreams} are open`;
      case "silence":
        return "waiting for a sign of life";
      case "socket":
        return `the server reads too slowly: ${this.#writer.pending} bytes wait for the socket`;
      default:
        return "no flow-control window is left";
    }
  }

  /** True if the server was silent for too long, or has not answered a PING yet. */
  isDoubtful(keepalive: Keepalive): boolean {
    return keepalive.asked || keepalive.isStale(this.#time.now(), this.#time.epoch());
  }

  /**
   * False if the server may be gone. While requests are in flight, an unanswered PING holds no others back:
   * they run the same risk.
   */
  #isThere(keepalive: Keepalive): boolean {
    if (keepalive.isStale(this.#time.now(), this.#time.epoch())) {
      keepalive.probe();
      return false;
    }
    return !keepalive.suspected || this.#session.openStreams > 0;
  }
}
