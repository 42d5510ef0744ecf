import { ErrorCode } from "./error-codes.ts";
import { ProtocolError } from "./errors.ts";
import type { SessionEvent, StreamFailure } from "./events.ts";
import type { FloodGuard } from "./flood-guard.ts";
import { ReceiveWindow, widen } from "./flow-window.ts";
import { FrameType, MAX_31_BIT } from "./frames.ts";
import type { Limits } from "./limits.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { ResetStreams } from "./reset-streams.ts";
import { checkHead, checkTrailers, contentLength, Malformed } from "./response-head.ts";
import { SendQueue } from "./send-queue.ts";
import type { SessionSettings } from "./session-options.ts";
import type { Settings } from "./settings.ts";
import { ClientStream } from "./stream.ts";
import { StreamTable } from "./stream-table.ts";

/** What the streams of a session share with it. */
export interface StreamsSetup<Owner> {
  readonly settings: SessionSettings;
  /** The peer's settings, as they stand. */
  readonly remote: Readonly<Settings>;
  readonly out: OutputBuffer;
  readonly guard: FloodGuard;
  emit(event: SessionEvent<Owner>): void;
}

/**
 * The streams of one session, from their ids to their answers: what the peer's frames do to a stream is decided here, and
 * every stream leaves by {@link Streams.close}.
 */
export class Streams<Owner> {
  /** The bodies on their way out. */
  readonly sending: SendQueue<Owner>;
  readonly #setup: StreamsSetup<Owner>;
  readonly #limits: Limits;
  readonly #table = new StreamTable<Owner>();
  readonly #reset = new ResetStreams();
  #nextId: number;

  constructor(setup: StreamsSetup<Owner>) {
    this.#setup = setup;
    this.#limits = setup.settings.limits;
    this.#nextId = setup.settings.firstStreamId;
    this.sending = new SendQueue(setup.out, setup.remote, () => this.lastId);
  }

  /** Streams that are open now. */
  get size(): number {
    return this.#table.size;
  }

  /** The id of the next stream. */
  get nextId(): number {
    return this.#nextId;
  }

  /** The id of the stream that was opened last; 0 before the first. */
  get lastId(): number {
    return Math.max(0, this.#nextId - 2);
  }

  /** How many more may be opened: by the peer's limit, this end's, and the ids that are left. Never negative. */
  get free(): number {
    const idsLeft = (MAX_31_BIT - this.#nextId) / 2 + 1;
    const most = Math.min(this.#setup.remote.maxConcurrentStreams, this.#limits.maxConcurrentStreams);
    return Math.max(0, Math.min(most - this.#table.size, idsLeft));
  }

  /** True when no id is left. */
  get exhausted(): boolean {
    return this.#nextId > MAX_31_BIT;
  }

  /** Opens the next stream, whose header section has been written, and sends what the windows take of its body. */
  open(owner: Owner, method: string, body: Uint8Array): ClientStream<Owner> {
    const stream = new ClientStream(this.#nextId, owner, method, body, this.#setup.remote.initialWindowSize);
    this.#nextId += 2;
    this.#table.add(stream);
    if (body.length > 0) this.sending.start(stream);
    return stream;
  }

  /** The only way out: its slot is free, and nothing more of its body is sent. */
  close(stream: ClientStream<Owner>): void {
    stream.closed = true;
    this.#table.delete(stream.id);
    this.sending.remove(stream);
  }

  /** Closes a stream and tells the peer. */
  reset(stream: ClientStream<Owner>, errorCode: ErrorCode): void {
    this.close(stream);
    this.#reset.add(stream.id);
    this.#setup.out.writeUint32Frame(FrameType.RST_STREAM, stream.id, errorCode);
  }

  /** Closes all streams and returns them, oldest first. */
  closeAll(): ClientStream<Owner>[] {
    const open = this.#table.values();
    for (const stream of open) this.close(stream);
    return open;
  }

  /** Closes the streams above an id, which the peer ignores (RFC 9113 §6.8), and returns them, oldest first. */
  closeAbove(id: number): ClientStream<Owner>[] {
    const above = this.#table.values().filter((stream) => stream.id > id);
    for (const stream of above) {
      this.close(stream);
      // Frames of theirs may be on the way already.
      this.#reset.add(stream.id);
    }
    return above;
  }

  /**
   * Frames for streams that this end has never opened are errors (RFC 9113 §5.1, "idle").
   *
   * @throws {@link ProtocolError} PROTOCOL_ERROR
   */
  require(id: number, frame: string): void {
    // Even ids are the server's, and 0 is the connection.
    if (id % 2 === 0 || id >= this.#nextId) {
      throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, `${frame} on stream ${id}, which was never opened`);
    }
  }

  // ── what the peer sends ──────────────────────────────────────────────────────────────────────────────────────

  /** @param fields of a whole header block; `undefined` when they are over the limit */
  onHeaders(id: number, fields: readonly string[] | undefined, endStream: boolean): void {
    const stream = this.#table.get(id);
    if (stream === undefined) {
      this.#onLateFrame(id, "HEADERS");
      return;
    }
    if (fields === undefined) {
      const message = `header list of more than ${this.#limits.maxHeaderListSize} octets`;
      this.#fail(stream, "headers-too-large", ErrorCode.ENHANCE_YOUR_CALM, message);
      return;
    }
    try {
      if (stream.status === 0) this.#onHead(stream, fields, endStream);
      else this.#onTrailers(stream, fields, endStream);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#fail(stream, "malformed", ErrorCode.PROTOCOL_ERROR, error.message);
    }
  }

  /**
   * A part of an answer's body: `bytes[from … to)`.
   *
   * @param octets what it counts against the stream's window, padding included
   */
  onData(id: number, endStream: boolean, octets: number, bytes: Buffer, from: number, to: number): void {
    const stream = this.#table.get(id);
    if (stream === undefined) {
      this.#onLateFrame(id, "DATA");
      return;
    }
    if (stream.status === 0) {
      this.#fail(stream, "malformed", ErrorCode.PROTOCOL_ERROR, "DATA before HEADERS");
      return;
    }
    stream.receiveWindow ??= new ReceiveWindow(this.#setup.settings.streamWindow);
    if (!stream.receiveWindow.receive(octets)) {
      this.#fail(stream, "flow-control", ErrorCode.FLOW_CONTROL_ERROR, "DATA beyond the stream's window");
      return;
    }
    if (stream.bodyLength + to - from > this.#limits.maxBodyLength) {
      const limit = this.#limits.maxBodyLength;
      this.#fail(stream, "body-too-large", ErrorCode.CANCEL, `body of more than ${limit} octets`);
      return;
    }
    stream.appendBody(bytes, from, to);
    if (endStream) {
      this.#finish(stream);
      return;
    }
    const grant = stream.receiveWindow.grant();
    if (grant > 0) this.#setup.out.writeUint32Frame(FrameType.WINDOW_UPDATE, stream.id, grant);
  }

  onReset(id: number, errorCode: ErrorCode): void {
    const stream = this.#table.get(id);
    if (stream === undefined) {
      // Normal after an answer that came before the request's body was wanted (RFC 9113 §8.1): it ends nothing.
      this.#setup.guard.spend("RST_STREAM for a closed stream");
      return;
    }
    this.close(stream);
    const message = "reset by the server";
    this.#setup.emit({ type: "failure", stream, failure: "reset", errorCode, message });
  }

  onWindowUpdate(id: number, increment: number): void {
    const stream = this.#table.get(id);
    if (stream === undefined) return;
    if (increment === 0) {
      this.#fail(stream, "flow-control", ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0");
      return;
    }
    const widened = widen(stream.sendWindow, increment);
    if (widened === undefined) {
      this.#fail(stream, "flow-control", ErrorCode.FLOW_CONTROL_ERROR, "the stream's window passes 2³¹ − 1");
      return;
    }
    stream.sendWindow = widened;
    if (stream.unsent > 0) this.sending.flush();
  }

  /**
   * A changed initial window changes the window of every open stream, below zero if need be (RFC 9113 §6.9.2).
   *
   * @throws {@link ProtocolError} FLOW_CONTROL_ERROR when one of them passes 2³¹ − 1
   */
  shiftWindows(difference: number): void {
    if (difference === 0) return;
    for (const stream of this.#table.values()) {
      const shifted = widen(stream.sendWindow, difference);
      if (shifted === undefined) {
        throw new ProtocolError(
          ErrorCode.FLOW_CONTROL_ERROR,
          "INITIAL_WINDOW_SIZE makes a window pass 2³¹ − 1",
        );
      }
      stream.sendWindow = shifted;
    }
    this.sending.flush();
  }

  #onHead(stream: ClientStream<Owner>, fields: readonly string[], endStream: boolean): void {
    const status = checkHead(fields);
    if (status < 200) {
      if (endStream) throw new Malformed("an interim answer ends the stream");
      if (++stream.interimResponses > this.#limits.maxInterimResponses) {
        throw new Malformed(`more than ${this.#limits.maxInterimResponses} interim answers`);
      }
      return;
    }
    stream.status = status;
    stream.fields = fields;
    stream.expectedLength = hasNoBody(stream) ? -1 : contentLength(fields);
    if (endStream) this.#finish(stream);
  }

  #onTrailers(stream: ClientStream<Owner>, fields: readonly string[], endStream: boolean): void {
    if (!endStream) throw new Malformed("a second header section that does not end the stream");
    checkTrailers(fields);
    stream.trailers = fields;
    this.#finish(stream);
  }

  #onLateFrame(id: number, frame: string): void {
    if (!this.#reset.mayStillReceive(id)) {
      throw new ProtocolError(ErrorCode.STREAM_CLOSED, `${frame} on stream ${id}, which has ended`);
    }
    this.#setup.guard.spend(`${frame} for a closed stream`);
  }

  #finish(stream: ClientStream<Owner>): void {
    if (stream.expectedLength >= 0 && stream.expectedLength !== stream.bodyLength) {
      const message = `body of ${stream.bodyLength} octets, content-length says ${stream.expectedLength}`;
      this.#fail(stream, "malformed", ErrorCode.PROTOCOL_ERROR, message);
      return;
    }
    // The answer is there although the request is not all sent: the rest is of no use any more (RFC 9113 §8.1).
    if (stream.unsent > 0) this.reset(stream, ErrorCode.CANCEL);
    else this.close(stream);
    this.#setup.guard.answered();
    this.#setup.emit({ type: "response", stream });
  }

  #fail(stream: ClientStream<Owner>, failure: StreamFailure, errorCode: ErrorCode, message: string): void {
    this.reset(stream, errorCode);
    this.#setup.emit({ type: "failure", stream, failure, errorCode, message });
  }
}

/** RFC 9110 §6.4.1: the content-length of these answers says what another request would have got. */
function hasNoBody(stream: ClientStream<unknown>): boolean {
  return stream.method === "HEAD" || stream.status === 304;
}
