import { ErrorCode } from "./error-codes.ts";
import { ProtocolError } from "./errors.ts";
import type { SessionEvent } from "./events.ts";
import { FloodGuard } from "./flood-guard.ts";
import { ReceiveWindow } from "./flow-window.ts";
import { FrameReader } from "./frame-reader.ts";
import {
  CONNECTION_PREFACE,
  DEFAULT_MAX_FRAME_SIZE,
  Flag,
  FRAME_HEADER_LENGTH,
  FrameType,
  MAX_31_BIT,
} from "./frames.ts";
import { checkBlockLength, HeaderBlock } from "./header-block.ts";
import { Decoder } from "./hpack/decoder.ts";
import { Encoder } from "./hpack/encoder.ts";
import type { Limits } from "./limits.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { type OutgoingRequest, RequestWriter } from "./request-writer.ts";
import { readSessionOptions, type SessionOptions, type SessionSettings } from "./session-options.ts";
import {
  applySettings,
  defaultSettings,
  encodeSettings,
  SETTING_LENGTH,
  Setting,
  type Settings,
} from "./settings.ts";
import type { ClientStream } from "./stream.ts";
import { Streams } from "./streams.ts";

const MAX_DEBUG_LENGTH = 4_096;
const PADDING_LENGTH = 1;
const PRIORITY_LENGTH = 5;

/**
 * The client's side of one HTTP/2 connection (RFC 9113), without any I/O: bytes from the peer go into {@link receive},
 * which returns what happened; bytes for the peer come out of {@link takeOutput}. There is no socket, clock, timer or
 * promise in it.
 *
 * `Owner` is whatever the caller wants to find again on the stream of its request.
 */
export class ClientSession<Owner> {
  readonly #settings: SessionSettings;
  readonly #limits: Limits;
  readonly #out = new OutputBuffer();
  readonly #reader: FrameReader;
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;
  readonly #guard: FloodGuard;
  readonly #remote: Settings = { ...defaultSettings };
  readonly #streams: Streams<Owner>;
  readonly #requests: RequestWriter;
  readonly #receiveWindow: ReceiveWindow;
  readonly #sink = {
    frame: (type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void =>
      this.#frame(type, flags, streamId, bytes, start, end),
  };
  #state: "awaiting-settings" | "open" | "going-away" | "closed" = "awaiting-settings";
  /** The lowest last-stream-id of the GOAWAY frames so far. */
  #lastStreamId = MAX_31_BIT;
  #block: HeaderBlock | undefined;
  /** PING frames of this end that have not been answered. */
  #pingsOut = 0;
  #events: SessionEvent<Owner>[] = [];

  /**
   * Queues the connection preface.
   *
   * @throws RangeError for an option out of its range
   * @throws {@link FieldError} for an authority that is none
   */
  constructor(options: SessionOptions) {
    const settings = readSessionOptions(options);
    this.#settings = settings;
    this.#limits = settings.limits;
    this.#reader = new FrameReader(DEFAULT_MAX_FRAME_SIZE);
    this.#encoder = new Encoder(settings.encoderTableSize);
    this.#decoder = new Decoder(this.#limits.maxHeaderListSize);
    this.#guard = new FloodGuard(this.#limits.maxControlFrames);
    this.#receiveWindow = new ReceiveWindow(settings.connectionWindow);
    this.#requests = new RequestWriter(this.#out, this.#encoder, this.#remote, options.authority);
    this.#streams = new Streams({
      settings,
      remote: this.#remote,
      out: this.#out,
      guard: this.#guard,
      emit: (event) => void this.#events.push(event),
    });
    this.#writePreface();
  }

  #writePreface(): void {
    const { headerTableSize, streamWindow, connectionWindow } = this.#settings;
    const out = this.#out;
    out.reserve(CONNECTION_PREFACE.length);
    out.append(CONNECTION_PREFACE, 0, CONNECTION_PREFACE.length);
    const settings = encodeSettings([
      [Setting.HEADER_TABLE_SIZE, headerTableSize],
      [Setting.ENABLE_PUSH, 0],
      [Setting.INITIAL_WINDOW_SIZE, streamWindow],
      [Setting.MAX_HEADER_LIST_SIZE, this.#limits.maxHeaderListSize],
    ]);
    out.writeFrame(FrameType.SETTINGS, 0, 0, settings);
    const beyondDefault = connectionWindow - defaultSettings.initialWindowSize;
    if (beyondDefault > 0) out.writeUint32Frame(FrameType.WINDOW_UPDATE, 0, beyondDefault);
  }

  /** `going-away` after a GOAWAY frame: streams that it spared still finish. `closed` after an error or `abandon`. */
  get state(): "awaiting-settings" | "open" | "going-away" | "closed" {
    return this.#state;
  }

  /** The peer's settings as they stand. */
  get remoteSettings(): Readonly<Settings> {
    return this.#remote;
  }

  /** Streams that are open now. */
  get openStreams(): number {
    return this.#streams.size;
  }

  /** Streams that may be opened now, by the peer's limit, this end's, and the ids that are left. Never negative. */
  get freeStreams(): number {
    return this.#state === "open" ? this.#streams.free : 0;
  }

  /** True when no stream id is left: only a new connection helps. */
  get exhausted(): boolean {
    return this.#streams.exhausted;
  }

  /** Octets of bodies that the connection's window would take now, beyond those that wait already. */
  get sendWindow(): number {
    const { window, waiting } = this.#streams.sending;
    return window - waiting;
  }

  /** Octets of request bodies that wait for window. */
  get waiting(): number {
    return this.#streams.sending.waiting;
  }

  /** Id of the stream that was opened last; 0 before the first. */
  get lastStreamId(): number {
    return this.#streams.lastId;
  }

  /** Id of the last stream of which bytes have been taken; 0 before the first. */
  get lastStreamIdTaken(): number {
    return this.#out.takenMark;
  }

  /** Bytes ready to be taken. */
  get outputLength(): number {
    return this.#out.waiting;
  }

  /**
   * Opens a stream and writes the request. What the windows do not take of the body is kept and follows by itself.
   *
   * @throws Error when {@link freeStreams} is 0: the caller asks first
   * @throws {@link FieldError} for a method that is no token; nothing is sent then, and no stream opened
   */
  request(request: OutgoingRequest, owner: Owner): ClientStream<Owner> {
    if (this.freeStreams === 0) throw new Error("no stream is free");
    // First of all, since it may throw.
    this.#requests.write(this.#streams.nextId, request);
    return this.#streams.open(owner, request.method, request.body);
  }

  /** Gives a stream up: RST_STREAM goes out and its slot is free at once. Does nothing if it is closed already. */
  reset(stream: ClientStream<Owner>, errorCode: ErrorCode = ErrorCode.CANCEL): void {
    if (stream.closed) return;
    if (this.#state === "closed") this.#streams.close(stream);
    else this.#streams.reset(stream, errorCode);
  }

  /** Asks the peer for a sign of life; its answer is a `pong` event with the same number (0 … 2⁴⁸ − 1). */
  ping(payload: number): void {
    if (this.#state === "closed") return;
    const octets = Buffer.alloc(8);
    octets.writeUIntBE(payload, 2, 6);
    this.#pingsOut++;
    this.#out.writeFrame(FrameType.PING, 0, 0, octets);
  }

  /** Restores the budget for frames that carry nothing; to be called now and then as time passes. */
  replenish(): void {
    this.#guard.replenish();
    this.#out.trim();
  }

  /** Ends the session: GOAWAY goes out, nothing is taken any more. Returns the streams that were open; they are closed. */
  abandon(errorCode: ErrorCode = ErrorCode.NO_ERROR): ClientStream<Owner>[] {
    if (this.#state !== "closed") {
      this.#state = "closed";
      this.#writeGoaway(errorCode);
    }
    return this.#streams.closeAll();
  }

  /** The bytes to send, or `undefined` if there are none. */
  takeOutput(): Buffer | undefined {
    return this.#out.take(this.lastStreamId);
  }

  /** Forgets bytes that have not been taken; to be followed by {@link abandon}. */
  discardOutput(): void {
    this.#out.discard();
  }

  /** Optional: gives taken bytes back when they have been sent, so that their memory serves again. */
  recycle(taken: Buffer): void {
    this.#out.recycle(taken);
  }

  /** Takes bytes from the peer, cut anywhere, and returns what happened, in order. Never throws. */
  receive(bytes: Uint8Array): readonly SessionEvent<Owner>[] {
    if (this.#state === "closed") return [];
    const chunk = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const events: SessionEvent<Owner>[] = [];
    this.#events = events;
    try {
      this.#reader.read(chunk, this.#sink);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#state = "closed";
      this.#writeGoaway(error.errorCode);
      events.push({ type: "error", error });
    }
    // Else an idle session would keep the last answers, and their owners, for as long as it is idle.
    this.#events = [];
    return events;
  }

  // ── frames in ────────────────────────────────────────────────────────────────────────────────────────────────

  #frame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (this.#block !== undefined && (type !== FrameType.CONTINUATION || streamId !== this.#block.streamId)) {
      throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "a header block was interrupted");
    }
    // RFC 9113 §3.4 wants SETTINGS first. A GOAWAY that comes instead says why the server does not want this client:
    // that is worth more than a complaint about the order.
    if (
      this.#state === "awaiting-settings" &&
      type !== FrameType.GOAWAY &&
      (type !== FrameType.SETTINGS || flags & Flag.ACK)
    ) {
      throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "the server's first frame is not SETTINGS");
    }
    switch (type) {
      case FrameType.HEADERS:
        this.#onHeaders(flags, streamId, bytes, start, end);
        break;
      case FrameType.DATA:
        this.#onData(flags, streamId, bytes, start, end);
        break;
      case FrameType.RST_STREAM:
        this.#onReset(streamId, bytes, start, end);
        break;
      case FrameType.WINDOW_UPDATE:
        this.#onWindowUpdate(streamId, bytes, start, end);
        break;
      case FrameType.SETTINGS:
        this.#onSettings(flags, streamId, bytes, start, end);
        break;
      case FrameType.PING:
        this.#onPing(flags, streamId, bytes, start, end);
        break;
      case FrameType.GOAWAY:
        this.#onGoaway(streamId, bytes, start, end);
        break;
      case FrameType.CONTINUATION:
        this.#onContinuation(flags, bytes, start, end);
        break;
      case FrameType.PRIORITY:
        this.#onPriority(streamId, end - start);
        break;
      case FrameType.PUSH_PROMISE:
        throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE although push is switched off");
      default:
        // RFC 9113 §4.1: unknown types are ignored.
        this.#guard.spend("of unknown type");
    }
  }

  #onHeaders(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    this.#streams.require(streamId, "HEADERS");
    const from =
      start + (flags & Flag.PADDED ? PADDING_LENGTH : 0) + (flags & Flag.PRIORITY ? PRIORITY_LENGTH : 0);
    if (from > end) throw new ProtocolError(ErrorCode.FRAME_SIZE_ERROR, `HEADERS of ${end - start} octets`);
    const to = end - paddingLength(flags, bytes, start, end);
    if (from > to) throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "HEADERS is all padding");
    checkBlockLength(to - from, this.#limits);
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if (flags & Flag.END_HEADERS) {
      this.#onHeaderBlock(streamId, endStream, bytes, from, to);
    } else {
      this.#block = new HeaderBlock(streamId, endStream, this.#limits);
      this.#block.add(bytes, from, to);
    }
  }

  #onContinuation(flags: number, bytes: Buffer, start: number, end: number): void {
    const block = this.#block;
    if (block === undefined)
      throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "CONTINUATION without HEADERS");
    block.add(bytes, start, end);
    if ((flags & Flag.END_HEADERS) === 0) return;
    this.#block = undefined;
    const whole = block.join();
    this.#onHeaderBlock(block.streamId, block.endStream, whole, 0, whole.length);
  }

  #onHeaderBlock(streamId: number, endStream: boolean, bytes: Buffer, start: number, end: number): void {
    // Decoded even when nobody waits for it: both ends' tables must stay the same (RFC 9113 §4.3).
    const fields = this.#decoder.decode(bytes, start, end);
    this.#streams.onHeaders(streamId, this.#decoder.overflowed ? undefined : fields, endStream);
  }

  #onData(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    this.#streams.require(streamId, "DATA");
    // Padding counts too (RFC 9113 §6.1), and so does what is ignored (§5.1).
    if (!this.#receiveWindow.receive(end - start)) {
      throw new ProtocolError(ErrorCode.FLOW_CONTROL_ERROR, "DATA beyond the connection's window");
    }
    const from = start + (flags & Flag.PADDED ? PADDING_LENGTH : 0);
    const to = end - paddingLength(flags, bytes, start, end);
    if (from > to) throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "DATA is all padding");
    const grant = this.#receiveWindow.grant();
    if (grant > 0) this.#out.writeUint32Frame(FrameType.WINDOW_UPDATE, 0, grant);

    const endStream = (flags & Flag.END_STREAM) !== 0;
    if (from === to && !endStream) this.#guard.spend("an empty DATA");
    this.#streams.onData(streamId, endStream, end - start, bytes, from, to);
  }

  #onReset(streamId: number, bytes: Buffer, start: number, end: number): void {
    requireLength("RST_STREAM", end - start, 4);
    this.#streams.require(streamId, "RST_STREAM");
    this.#streams.onReset(streamId, bytes.readUInt32BE(start));
  }

  #onWindowUpdate(streamId: number, bytes: Buffer, start: number, end: number): void {
    requireLength("WINDOW_UPDATE", end - start, 4);
    this.#guard.spend("WINDOW_UPDATE");
    const increment = bytes.readUInt32BE(start) & MAX_31_BIT;
    if (streamId === 0) {
      if (increment === 0) throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0");
      if (!this.#streams.sending.widen(increment)) {
        throw new ProtocolError(ErrorCode.FLOW_CONTROL_ERROR, "the connection's window passes 2³¹ − 1");
      }
      return;
    }
    this.#streams.require(streamId, "WINDOW_UPDATE");
    this.#streams.onWindowUpdate(streamId, increment);
  }

  #onSettings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "SETTINGS on a stream");
    this.#guard.spend("SETTINGS");
    if (flags & Flag.ACK) {
      requireLength("SETTINGS with ACK", end - start, 0);
      this.#decoder.limitTable(this.#settings.headerTableSize);
      return;
    }
    if ((end - start) % SETTING_LENGTH !== 0) {
      throw new ProtocolError(ErrorCode.FRAME_SIZE_ERROR, `SETTINGS of ${end - start} octets`);
    }
    const windowBefore = this.#remote.initialWindowSize;
    this.#encoder.setPeerTableSize(applySettings(this.#remote, bytes, start, end));
    this.#encoder.setPeerTableSize(this.#remote.headerTableSize);
    this.#streams.shiftWindows(this.#remote.initialWindowSize - windowBefore);
    if (this.#state === "awaiting-settings") this.#state = "open";
    this.#out.reserve(FRAME_HEADER_LENGTH);
    this.#out.writeFrameHeader(0, FrameType.SETTINGS, Flag.ACK, 0);
    this.#events.push({ type: "settings" });
  }

  #onPing(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    requireLength("PING", end - start, 8);
    if (streamId !== 0) throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "PING on a stream");
    this.#guard.spend("PING");
    if (flags & Flag.ACK) {
      // One that nobody asked for is no sign of progress.
      if (this.#pingsOut === 0) return;
      this.#pingsOut--;
      this.#events.push({ type: "pong", payload: bytes.readUIntBE(start + 2, 6) });
    } else this.#out.writeFrame(FrameType.PING, Flag.ACK, 0, bytes.subarray(start, end));
  }

  #onGoaway(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "GOAWAY on a stream");
    if (end - start < 8)
      throw new ProtocolError(ErrorCode.FRAME_SIZE_ERROR, `GOAWAY of ${end - start} octets`);
    this.#guard.spend("GOAWAY");
    this.#state = "going-away";
    this.#lastStreamId = Math.min(this.#lastStreamId, bytes.readUInt32BE(start) & MAX_31_BIT);
    const unprocessed = this.#streams.closeAbove(this.#lastStreamId);
    const debug = bytes.toString("utf8", start + 8, Math.min(end, start + 8 + MAX_DEBUG_LENGTH));
    const errorCode = bytes.readUInt32BE(start + 4);
    this.#events.push({ type: "goaway", lastStreamId: this.#lastStreamId, errorCode, debug, unprocessed });
  }

  #onPriority(streamId: number, length: number): void {
    if (streamId === 0) throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "PRIORITY without a stream");
    requireLength("PRIORITY", length, PRIORITY_LENGTH);
    this.#guard.spend("PRIORITY");
  }

  #writeGoaway(errorCode: ErrorCode): void {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(errorCode, 4);
    this.#out.writeFrame(FrameType.GOAWAY, 0, 0, payload);
  }
}

function paddingLength(flags: number, bytes: Buffer, start: number, end: number): number {
  if ((flags & Flag.PADDED) === 0) return 0;
  if (start === end) throw new ProtocolError(ErrorCode.FRAME_SIZE_ERROR, "padded frame without a pad length");
  return bytes[start]!;
}

function requireLength(frame: string, length: number, expected: number): void {
  if (length !== expected) {
    throw new ProtocolError(ErrorCode.FRAME_SIZE_ERROR, `${frame} of ${length} octets`);
  }
}
