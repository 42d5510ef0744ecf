import { ErrorCode } from "./error-codes.ts";
import { ProtocolError } from "./errors.ts";
import type { SessionEvent, StreamFailure } from "./events.ts";
import type { FloodGuard } from "./flood-guard.ts";
import { ReceiveWindow, widen } from "./flow-window.ts";
import { FrameType, MAX_31_BIT } from "./frames.ts";
import type { Limits } from "./limits.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import type { OutgoingRequest } from "./request-writer.ts";
import { ResetStreams } from "./reset-streams.ts";
import { checkHead, checkTrailers, contentLength, Malformed } from "./response-head.ts";
import type { SendQueue } from "./send-queue.ts";
import type { SessionSettings } from "./session-options.ts";
import type { Settings } from "./settings.ts";
import { ClientStream } from "./stream.ts";
import { StreamTable } from "./stream-table.ts";

/** Looking at so many streams costs as much as one control frame. */
const LOOKS_PER_FRAME = 64;

/** The parts of a session that its streams share. */
export interface StreamsSetup<Owner> {
  readonly settings: SessionSettings;
  /** The peer's settings, which may change. */
  readonly remote: Readonly<Settings>;
  readonly out: OutputBuffer;
  readonly guard: FloodGuard;
  /** The requests on their way out. */
  readonly sending: SendQueue<Owner>;
  emit(event: SessionEvent<Owner>): void;
}

/**
 * The streams of one session, from their ids to their answers. It decides what the peer's frames do to a stream, and
 * every stream ends in {@link Streams.close}.
 */
export class Streams<Owner> {
  readonly #setup: StreamsSetup<Owner>;
  readonly #limits: Limits;
  readonly #sending: SendQueue<Owner>;
  readonly #table = new StreamTable<Owner>();
  readonly #cancelled = new ResetStreams();
  #nextId: number;
  /** No open stream has a higher id. GOAWAY lowers this bound. */
  #highestOpen = MAX_31_BIT;
  /** No stream's window is wider than the initial one by more than this. */
  #widestOffset = 0;

  constructor(setup: StreamsSetup<Owner>) {
    this.#setup = setup;
    this.#limits = setup.settings.limits;
    this.#sending = setup.sending;
    this.#nextId = setup.settings.firstStreamId;
  }

  /** Streams that are open now. */
  get size(): number {
    return this.#table.size;
  }

  /** The id of the stream that was opened last; 0 before the first. */
  get lastId(): number {
    return Math.max(0, this.#nextId - 2);
  }

  /**
   * How many more streams may be opened, by the peer's limit, this end's and the ids left. Never negative.
   */
  get free(): number {
    const idsLeft = (MAX_31_BIT - this.#nextId) / 2 + 1;
    const most = Math.min(this.#setup.remote.maxConcurrentStreams, this.#limits.maxConcurrentStreams);
    return Math.max(0, Math.min(most - this.#table.size, idsLeft));
  }

  /** True when no id is left. */
  get exhausted(): boolean {
    return this.#nextId > MAX_31_BIT;
  }

  /** Opens the next stream. Its request leaves with the next output. */
  open(owner: Owner, request: OutgoingRequest, headerListSize: number): ClientStream<Owner> {
    const stream = new ClientStream(this.#nextId, owner, request, this.#setup.remote);
    this.#nextId += 2;
    this.#table.add(stream);
    this.#sending.add(stream, headerListSize);
    return stream;
  }

  /** The only way to end a stream: its slot is free, and nothing more of its request is sent. */
  close(stream: ClientStream<Owner>): void {
    stream.closed = true;
    this.#table.delete(stream.id);
    this.#sending.remove(stream);
  }

  /** Closes a stream and tells the peer, if the peer can know of the stream. */
  cancel(stream: ClientStream<Owner>, errorCode: ErrorCode): void {
    this.close(stream);
    if (stream.progress === "unwritten") return;
    this.#cancelled.add(stream.id);
    this.#setup.out.writeUint32Frame(FrameType.RST_STREAM, stream.id, errorCode);
  }

  /** Closes all streams and returns them, oldest first. */
  closeAll(): ClientStream<Owner>[] {
    const open = this.#table.values();
    for (const stream of open) this.close(stream);
    return open;
  }

  /** Closes the streams of which nothing has been written, and returns them, oldest first. The peer never hears of them. */
  recall(): ClientStream<Owner>[] {
    const unwritten = this.#sending.allUnwritten();
    for (const stream of unwritten) this.close(stream);
    return unwritten;
  }

  /**
   * Closes the streams that GOAWAY excludes: those above its last id, which the peer ignores (RFC 9113 §6.8),
   * and the unwritten ones, since no stream may be opened after GOAWAY. Returns them, oldest first.
   */
  goAway(lastId: number): ClientStream<Owner>[] {
    const leftOut = this.recall();
    // Each id is looked at once, however many GOAWAY frames come.
    const highest = Math.min(this.#highestOpen, this.#sending.lastWritten);
    if (lastId >= highest) return leftOut;
    this.#highestOpen = lastId;
    const above = this.#table.between(lastId + 1 + (lastId % 2), highest);
    for (const stream of above) {
      this.close(stream);
      // Frames for this stream may be on the way already.
      this.#cancelled.add(stream.id);
    }
    return above.concat(leftOut);
  }

  /**
   * Frames for streams of which the peer cannot know are errors (RFC 9113 §5.1, "idle").
   *
   * @throws {@link ProtocolError} PROTOCOL_ERROR
   */
  require(id: number, frame: string): void {
    // Even ids are the server's, and 0 is the connection.
    if (id % 2 === 0 || id > this.#sending.lastWritten || id < this.#setup.settings.firstStreamId) {
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
   * @param octets the octets that count against the stream's window, padding included
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
      // Normal if the server answered before it had the whole request (RFC 9113 §8.1): it ends nothing.
      this.#setup.guard.spend("RST_STREAM for a closed stream");
      return;
    }
    this.close(stream);
    // A refused stream was not processed (RFC 9113 §8.7), unless the server has begun to answer it.
    const unprocessed = errorCode === ErrorCode.REFUSED_STREAM && !stream.answerBegun;
    const message = "reset by the server";
    this.#setup.emit({ type: "failure", stream, failure: "reset", errorCode, message, unprocessed });
  }

  onWindowUpdate(id: number, increment: number): void {
    const stream = this.#table.get(id);
    if (stream === undefined) return;
    if (increment === 0) {
      this.#fail(stream, "flow-control", ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0");
      return;
    }
    if (widen(stream.sendWindow, increment) === undefined) {
      this.#fail(stream, "flow-control", ErrorCode.FLOW_CONTROL_ERROR, "the stream's window passes 2³¹ − 1");
      return;
    }
    stream.windowOffset += increment;
    if (stream.windowOffset > this.#widestOffset) this.#widestOffset = stream.windowOffset;
    this.#sending.touch(stream);
  }

  /**
   * Follows a changed initial window, which changes the window of every open stream (RFC 9113 §6.9.2).
   *
   * @param before the initial window until now
   * @throws {@link ProtocolError} FLOW_CONTROL_ERROR when the window of a stream passes 2³¹ − 1
   */
  onInitialWindow(before: number): void {
    const { initialWindowSize } = this.#setup.remote;
    if (initialWindowSize <= before) return;
    if (widen(initialWindowSize, this.#widestOffset) === undefined) this.#measureOffsets(initialWindowSize);
    this.#sending.raise();
  }

  /** Fails the unwritten requests that exceed a lowered limit of the peer. */
  onHeaderListLimit(): void {
    const { sending, remote, guard, emit } = this.#setup;
    guard.charge(Math.ceil(this.#table.size / LOOKS_PER_FRAME));
    for (const stream of sending.unwrittenOver(remote.maxHeaderListSize)) {
      this.close(stream);
      const message = `the server's new limit of header lists, ${remote.maxHeaderListSize} octets, is too small for it`;
      const errorCode = ErrorCode.REFUSED_STREAM;
      emit({ type: "failure", stream, failure: "reset", errorCode, message, unprocessed: true });
    }
  }

  /** Measures the open streams again, since the widest stream may have ended. */
  #measureOffsets(initialWindowSize: number): void {
    const open = this.#table.values();
    this.#setup.guard.charge(open.length);
    this.#widestOffset = open.reduce((widest, { windowOffset }) => Math.max(widest, windowOffset), 0);
    if (widen(initialWindowSize, this.#widestOffset) !== undefined) return;
    throw new ProtocolError(ErrorCode.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE makes a window pass 2³¹ − 1");
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
    if (!this.#cancelled.mayStillReceive(id)) {
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
    // The answer is complete before the request is, so the rest of the request is useless (RFC 9113 §8.1).
    if (stream.unsent > 0) this.cancel(stream, ErrorCode.CANCEL);
    else this.close(stream);
    this.#setup.guard.answered();
    this.#setup.emit({ type: "response", stream });
  }

  #fail(stream: ClientStream<Owner>, failure: StreamFailure, errorCode: ErrorCode, message: string): void {
    this.cancel(stream, errorCode);
    this.#setup.emit({ type: "failure", stream, failure, errorCode, message, unprocessed: false });
  }
}

/** RFC 9110 §6.4.1: the content-length of these answers describes a body that is not sent. */
function hasNoBody(stream: ClientStream<unknown>): boolean {
  return stream.method === "HEAD" || stream.status === 304;
}
