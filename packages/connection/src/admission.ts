import type { ClientSession } from "@apnskit/http2";
import type { Clock } from "./clock.ts";
import type { Keepalive } from "./keepalive.ts";
import type { SocketWriter } from "./socket-writer.ts";

/**
 * Bytes that may wait for the socket before no more requests are taken: a thousand requests of 4 KB, which is what one turn
 * of the event loop may hand over. For a server that reads slowly, one connection holds no more memory than this.
 */
export const MOST_PENDING = 4_194_304;

/** What stands between a request and the connection. */
export type Obstacle =
  /** All streams are in use. */
  | "streams"
  /** It is not known whether the server is still there. */
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

  /** Why a request with a body of this length is not taken now; `undefined` if it is. Asks a silent server for a sign of life. */
  obstacle(keepalive: Keepalive, bodyLength: number): Obstacle | undefined {
    const session = this.#session;
    if (session.freeStreams === 0) return "streams";
    if (!this.#isThere(keepalive)) return "silence";
    if (this.#writer.pending >= MOST_PENDING) return "socket";
    // A request begins when its whole body fits the window, or when nothing else waits for window: so at most one body is
    // cut by the connection's window, and one that is larger than the whole window gets through all the same.
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

  /** True while the server was silent for too long, or has been asked and has not answered. */
  isDoubtful(keepalive: Keepalive): boolean {
    return keepalive.asked || keepalive.isStale(this.#time.now(), this.#time.epoch());
  }

  /** False while it is not known whether the server is still there, unless requests in flight risk the same already. */
  #isThere(keepalive: Keepalive): boolean {
    if (keepalive.isStale(this.#time.now(), this.#time.epoch())) {
      keepalive.probe();
      return false;
    }
    return !keepalive.suspected || this.#session.openStreams > 0;
  }
}
