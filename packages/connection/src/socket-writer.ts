import type { TLSSocket } from "node:tls";
import type { ClientSession } from "@apnskit/http2";
import { host } from "./host.ts";

/** The part of a session that a writer uses. */
type Output = Pick<ClientSession<unknown>, "takeOutput" | "recycle" | "outputLength">;

/** Called when a write is done. */
export interface WriterEvents {
  /** Before the next bytes are taken. */
  onWritten(): void;
  /** After the next bytes were handed to the socket: fewer wait than before. */
  onProgress(): void;
}

/**
 * Hands a session's bytes to the socket, one write at a time. During a write, further requests gather in the
 * session. They leave in one write, and if the connection closes first, the engine knows that they were not
 * sent.
 */
export class SocketWriter {
  readonly #output: Output;
  readonly #events: WriterEvents;
  #socket: TLSSocket | undefined;
  #scheduled = false;
  /** The bytes of the write that is under way. */
  #writing: Buffer | undefined;
  readonly #onTick = (): void => {
    this.#scheduled = false;
    this.flush();
  };
  readonly #onWritten = (error?: Error | null): void => {
    // The socket's own error follows. Until then the gathered bytes stay here and are known to be unsent.
    if (error) return;
    if (this.#writing !== undefined) this.#output.recycle(this.#writing);
    this.#writing = undefined;
    this.#events.onWritten();
    this.flush();
    this.#events.onProgress();
  };

  constructor(output: Output, events: WriterEvents) {
    this.#output = output;
    this.#events = events;
  }

  /** Bytes that wait for the socket, those of the write under way included. */
  get pending(): number {
    return this.#output.outputLength + (this.#writing?.length ?? 0);
  }

  /** Sends all further bytes to this socket. */
  attach(socket: TLSSocket): void {
    this.#socket = socket;
  }

  /** Flushes at the end of this turn of the event loop: all requests of one turn leave in one write. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    host.nextTick(this.#onTick);
  }

  /** Writes now, unless a write is under way. */
  flush(): void {
    if (this.#writing !== undefined || this.#socket === undefined) return;
    const bytes = this.#output.takeOutput();
    if (bytes === undefined) return;
    this.#writing = bytes;
    this.#socket.write(bytes, this.#onWritten);
  }

  /** Hands over everything that is left, and ends the socket. */
  finish(socket: TLSSocket): void {
    for (let bytes = this.#output.takeOutput(); bytes !== undefined; bytes = this.#output.takeOutput()) {
      if (socket.writable) socket.write(bytes);
    }
    socket.destroySoon();
  }
}
