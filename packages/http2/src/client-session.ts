import { ErrorCode } from "./error-codes.ts";
import { HeaderListTooLarge, NoFreeStream, ProtocolError } from "./errors.ts";
import type { SessionEvent } from "./events.ts";
import { FloodGuard } from "./flood-guard.ts";
import { FrameReader } from "./frame-reader.ts";
import { CONNECTION_PREFACE, DEFAULT_MAX_FRAME_SIZE, FrameType } from "./frames.ts";
import { Encoder } from "./hpack/encoder.ts";
import { IncomingFrames } from "./incoming-frames.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { Pings } from "./pings.ts";
import { type OutgoingRequest, RequestWriter } from "./request-writer.ts";
import { SendQueue } from "./send-queue.ts";
import { readSessionOptions, type SessionOptions, type SessionSettings } from "./session-options.ts";
import type { SessionPhase } from "./session-phase.ts";
import { defaultSettings, encodeSettings, Setting, type Settings } from "./settings.ts";
import type { ClientStream } from "./stream.ts";
import { Streams } from "./streams.ts";

/**
 * The client's side of one HTTP/2 connection (RFC 9113), without any I/O. Pass the peer's bytes to
 * {@link receive}, which returns the events. Take the bytes for the peer from {@link takeOutput}. It has no
 * socket, clock, timer or promise.
 *
 * The session encodes a request when its bytes are taken. Until then {@link reset} withdraws the request
 * without a trace. Acknowledgements of the peer's settings leave before the request.
 *
 * `Owner` is the type of the value that the caller attaches to a request and finds again on its stream.
 */
export class ClientSession<Owner> {
  readonly #settings: SessionSettings;
  readonly #out = new OutputBuffer();
  readonly #reader = new FrameReader(DEFAULT_MAX_FRAME_SIZE);
  readonly #guard: FloodGuard;
  readonly #pings: Pings;
  readonly #remote: Settings = { ...defaultSettings };
  readonly #requests: RequestWriter;
  readonly #sending: SendQueue<Owner>;
  readonly #streams: Streams<Owner>;
  readonly #frames: IncomingFrames<Owner>;
  #events: SessionEvent<Owner>[] = [];

  /**
   * Queues the connection preface.
   *
   * @throws {@link SessionOptionError} for an option out of its range
   * @throws {@link FieldError} for an authority that is not a host with an optional port
   */
  constructor(options: SessionOptions) {
    const settings = readSessionOptions(options);
    const out = this.#out;
    const remote = this.#remote;
    const encoder = new Encoder(settings.encoderTableSize);
    const guard = new FloodGuard(settings.limits.maxControlFrames);
    const pings = new Pings(out);
    const requests = new RequestWriter(out, encoder, remote, options.authority);
    const sending = new SendQueue<Owner>({ out, requests, remote, guard });
    const emit = (event: SessionEvent<Owner>): void => void this.#events.push(event);
    const streams = new Streams({ settings, remote, out, guard, sending, emit });
    this.#settings = settings;
    this.#guard = guard;
    this.#pings = pings;
    this.#requests = requests;
    this.#sending = sending;
    this.#streams = streams;
    this.#frames = new IncomingFrames({
      settings,
      remote,
      out,
      encoder,
      guard,
      pings,
      sending,
      streams,
      emit,
    });
    this.#writePreface();
  }

  #writePreface(): void {
    const { headerTableSize, streamWindow, connectionWindow, limits } = this.#settings;
    const out = this.#out;
    out.reserve(CONNECTION_PREFACE.length);
    out.append(CONNECTION_PREFACE, 0, CONNECTION_PREFACE.length);
    const settings = encodeSettings([
      [Setting.HEADER_TABLE_SIZE, headerTableSize],
      [Setting.ENABLE_PUSH, 0],
      [Setting.INITIAL_WINDOW_SIZE, streamWindow],
      [Setting.MAX_HEADER_LIST_SIZE, limits.maxHeaderListSize],
    ]);
    out.writeFrame(FrameType.SETTINGS, 0, 0, settings);
    const beyondDefault = connectionWindow - defaultSettings.initialWindowSize;
    if (beyondDefault > 0) out.writeUint32Frame(FrameType.WINDOW_UPDATE, 0, beyondDefault);
  }

  // ── what the session can do now ──────────────────────────────────────────────────────────────────────────────

  /** `going-away` after a GOAWAY frame: streams that it spared still finish. `closed` after an error or `abandon`. */
  get state(): SessionPhase {
    return this.#frames.phase;
  }

  /** The peer's settings now. */
  get remoteSettings(): Readonly<Settings> {
    return this.#remote;
  }

  /** Streams that are open now. */
  get openStreams(): number {
    return this.#streams.size;
  }

  /**
   * Streams that may be opened now, by the peer's limit, this end's limit and the ids left. Never negative.
   */
  get freeStreams(): number {
    return this.#frames.phase === "open" ? this.#streams.free : 0;
  }

  /** True when no stream id is left: only a new connection helps. */
  get exhausted(): boolean {
    return this.#streams.exhausted;
  }

  /** Octets of the connection's window beyond the bodies of all open streams; negative if it is too small. */
  get sendWindow(): number {
    return this.#sending.spareWindow;
  }

  /** Octets of request bodies that wait for window. */
  get waiting(): number {
    return this.#sending.waiting;
  }

  /** Id of the stream that was opened last; 0 before the first. */
  get lastStreamId(): number {
    return this.#streams.lastId;
  }

  /** Id of the last stream of which bytes have been taken; 0 before the first. See also {@link ClientStream.progress}. */
  get lastStreamIdTaken(): number {
    return this.#sending.lastWritten;
  }

  /**
   * Octets that wait to be taken. Written frames count exactly. A request of which nothing has been taken
   * counts with its {@link headerListSize} and the part of its body that need not wait for window. HPACK
   * encodes it in fewer octets, so the sum is never too low. A withdrawn request no longer counts.
   */
  get outputLength(): number {
    return this.#out.length + this.#sending.unwrittenSize;
  }

  /** Octets that a request's header list may have now: the lower of the peer's limit and `maxRequestHeaderListSize`. */
  get maxRequestHeaderListSize(): number {
    return Math.min(this.#remote.maxHeaderListSize, this.#settings.limits.maxRequestHeaderListSize);
  }

  /**
   * Octets of a request's header list: names, values, and 32 for each field, pseudo-header fields included
   * (RFC 9113 §6.5.2). The method adds five numbers, so calling it before each request is cheap. Compare it
   * with {@link maxRequestHeaderListSize}.
   *
   * @throws {@link FieldError} for a method that is not a token
   */
  headerListSize(request: OutgoingRequest): number {
    return this.#requests.headerListSize(request);
  }

  // ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Opens a stream for a request. Its bytes come out of {@link takeOutput}: the header section, and the body
   * as far as the peer's windows allow. The rest of the body follows by itself. If the method throws, nothing
   * has changed.
   *
   * @throws {@link NoFreeStream} when {@link freeStreams} is 0
   * @throws {@link HeaderListTooLarge} when {@link headerListSize} is above {@link maxRequestHeaderListSize}
   * @throws {@link FieldError} for a method that is not a token
   */
  request(request: OutgoingRequest, owner: Owner): ClientStream<Owner> {
    if (this.freeStreams === 0) throw new NoFreeStream();
    const size = this.#requests.headerListSize(request);
    const limit = this.maxRequestHeaderListSize;
    if (size > limit) throw new HeaderListTooLarge(size, limit);
    return this.#streams.open(owner, request, size);
  }

  /**
   * Closes a stream: its slot is free at once, and nothing more of its request leaves. The session sends
   * RST_STREAM, unless nothing of the request has been taken. {@link ClientStream.progress} still tells
   * afterwards how much was taken. Does nothing if the stream is closed.
   */
  reset(stream: ClientStream<Owner>, errorCode: ErrorCode = ErrorCode.CANCEL): void {
    if (stream.closed) return;
    if (this.#frames.phase === "closed") this.#streams.close(stream);
    else this.#streams.cancel(stream, errorCode);
  }

  /**
   * Takes back the requests of which nothing has been taken, without a trace. Returns their streams, oldest
   * first; they are closed.
   */
  recall(): ClientStream<Owner>[] {
    return this.#streams.recall();
  }

  /**
   * Sends a PING with a number from 0 to 2⁴⁸ − 1. The peer's answer is a `pong` event with the same number.
   */
  ping(payload: number): void {
    if (this.#frames.phase !== "closed") this.#pings.send(payload);
  }

  /**
   * Restores the whole budget for frames without an answer, and frees memory that is kept for output. The
   * budget does not need this call if {@link receive} gets the time.
   */
  replenish(): void {
    this.#guard.replenish();
    this.#out.trim();
  }

  /** Ends the session: queues GOAWAY and ignores further input. Returns the streams that it closes. */
  abandon(errorCode: ErrorCode = ErrorCode.NO_ERROR): ClientStream<Owner>[] {
    if (this.#frames.phase !== "closed") this.#end(errorCode);
    return this.#streams.closeAll();
  }

  // ── bytes ────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The next piece of output, or `undefined` if there is none. Call it until it returns `undefined`, or once
   * after each write.
   *
   * Requests, and bodies for which window has come, are written here and no earlier. So a transport that was
   * suspended can first {@link reset} the requests whose time is up.
   */
  takeOutput(): Buffer | undefined {
    const { phase } = this.#frames;
    if (phase === "open" || phase === "going-away") {
      this.#sending.write();
      // After the round trip the peer has seen everything that was sent. If it has not widened its windows by
      // then, it may never do so.
      if (this.#sending.holdsBack) this.#pings.measureRoundTrip();
    }
    return this.#out.take();
  }

  /**
   * Drops frames that have not been taken. Call {@link abandon} next: the peer would miss acknowledgements.
   */
  discardOutput(): void {
    this.#out.discard();
  }

  /** Optional: gives taken bytes back after they were sent, so that the session reuses their memory. */
  recycle(taken: Buffer): void {
    this.#out.recycle(taken);
  }

  /**
   * Takes bytes from the peer, split at any point, and returns the events in order. Never throws.
   *
   * @param now milliseconds on a clock that never goes back, for example `performance.now()`. The elapsed
   *   time restores the budget for frames without an answer ({@link Limits.maxControlFrames}). A transport
   *   that does not pass `now` must call {@link replenish} regularly. Otherwise a long idle connection uses
   *   up the budget and ends.
   */
  receive(bytes: Uint8Array, now?: number): readonly SessionEvent<Owner>[] {
    if (this.#frames.phase === "closed") return [];
    if (now !== undefined) this.#guard.elapse(now);
    const chunk = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const events: SessionEvent<Owner>[] = [];
    this.#events = events;
    try {
      this.#reader.read(chunk, this.#frames);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end(error.errorCode);
      events.push({ type: "error", error });
    }
    // Otherwise an idle session would keep the last answers and their owners in memory.
    this.#events = [];
    return events;
  }

  #end(errorCode: ErrorCode): void {
    this.#frames.end();
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(errorCode, 4);
    this.#out.writeFrame(FrameType.GOAWAY, 0, 0, payload);
  }
}
