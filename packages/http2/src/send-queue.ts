import { widen } from "./flow-window.ts";
import { DEFAULT_MAX_FRAME_SIZE, Flag, FRAME_HEADER_LENGTH, FrameType } from "./frames.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { defaultSettings, type Settings } from "./settings.ts";
import type { ClientStream } from "./stream.ts";

/**
 * Sends request bodies as far as the peer's windows allow, and keeps the streams whose bodies must wait, in the order
 * in which they began (RFC 9113 §5.2).
 */
export class SendQueue<Owner> {
  readonly #out: OutputBuffer;
  readonly #remote: Readonly<Settings>;
  readonly #lastStreamId: () => number;
  /** Streams with a part of the body unsent, oldest first. */
  readonly #streams = new Set<ClientStream<Owner>>();
  #window = defaultSettings.initialWindowSize;
  #waiting = 0;

  /** @param lastStreamId the id of the stream that was opened last */
  constructor(out: OutputBuffer, remote: Readonly<Settings>, lastStreamId: () => number) {
    this.#lastStreamId = lastStreamId;
    this.#out = out;
    this.#remote = remote;
  }

  /** Octets that the peer takes on this connection now. */
  get window(): number {
    return this.#window;
  }

  /** Octets of bodies that wait for window. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Sends what the windows take of a new stream's body, and keeps the stream if some is left. */
  start(stream: ClientStream<Owner>): void {
    this.#waiting += stream.unsent;
    // Nobody is overtaken: while the connection's window has room, the others wait for windows of their own.
    this.#send(stream);
    if (stream.unsent > 0) this.#streams.add(stream);
  }

  /** Forgets a stream whose body is not wanted any more. */
  remove(stream: ClientStream<Owner>): void {
    if (this.#streams.delete(stream)) this.#waiting -= stream.unsent;
  }

  /** Widens the connection's window; false when it passes 2³¹ − 1. */
  widen(increment: number): boolean {
    const widened = widen(this.#window, increment);
    if (widened === undefined) return false;
    this.#window = widened;
    this.flush();
    return true;
  }

  /** Sends what the windows take now. */
  flush(): void {
    for (const stream of this.#streams) {
      if (this.#window <= 0) return;
      this.#send(stream);
      if (stream.unsent === 0) this.#streams.delete(stream);
    }
  }

  #send(stream: ClientStream<Owner>): void {
    const body = stream.requestBody;
    const out = this.#out;
    const mostPerFrame = Math.min(this.#remote.maxFrameSize, DEFAULT_MAX_FRAME_SIZE);
    for (;;) {
      const left = body.length - stream.sent;
      const room = Math.min(left, mostPerFrame, stream.sendWindow, this.#window);
      if (room <= 0) return;
      const last = room === left;
      out.cut(this.#lastStreamId());
      out.reserve(FRAME_HEADER_LENGTH + room);
      out.writeFrameHeader(room, FrameType.DATA, last ? Flag.END_STREAM : 0, stream.id);
      out.append(body, stream.sent, stream.sent + room);
      stream.sent += room;
      stream.sendWindow -= room;
      this.#window -= room;
      this.#waiting -= room;
      if (last) return;
    }
  }
}
