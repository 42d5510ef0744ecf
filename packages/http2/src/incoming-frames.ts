import { ErrorCode } from "./error-codes.ts";
import { ProtocolError } from "./errors.ts";
import type { SessionEvent } from "./events.ts";
import type { FloodGuard } from "./flood-guard.ts";
import { ReceiveWindow } from "./flow-window.ts";
import type { FrameSink } from "./frame-reader.ts";
import { Flag, FrameType, MAX_31_BIT } from "./frames.ts";
import { checkBlockLength, HeaderBlock } from "./header-block.ts";
import { Decoder } from "./hpack/decoder.ts";
import type { Encoder } from "./hpack/encoder.ts";
import type { Limits } from "./limits.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import type { Pings } from "./pings.ts";
import type { SendQueue } from "./send-queue.ts";
import type { SessionSettings } from "./session-options.ts";
import { nextPhase, type PhaseChange, type SessionPhase } from "./session-phase.ts";
import { applySettings, SETTING_LENGTH, type Settings } from "./settings.ts";
import type { Streams } from "./streams.ts";

const MAX_DEBUG_LENGTH = 4_096;
const PADDING_LENGTH = 1;
const PRIORITY_LENGTH = 5;

/** This end acknowledges frames while at most so many octets of output wait to be taken. */
const MOST_UNTAKEN = 262_144;

const noOctets = new Uint8Array(0);
const settingsEvent = Object.freeze({ type: "settings" as const });

/** The parts of a session that the peer's frames act on. */
export interface IncomingFramesSetup<Owner> {
  readonly settings: SessionSettings;
  /** The peer's settings: SETTINGS frames change them. */
  readonly remote: Settings;
  readonly out: OutputBuffer;
  readonly encoder: Encoder;
  readonly guard: FloodGuard;
  readonly pings: Pings;
  readonly sending: SendQueue<Owner>;
  readonly streams: Streams<Owner>;
  emit(event: SessionEvent<Owner>): void;
}

/**
 * Takes the peer's frames one by one. Checks each as RFC 9113 §4 and §6 demand, and passes it to the stream
 * or the part of the connection that it concerns.
 */
export class IncomingFrames<Owner> implements FrameSink {
  readonly #settings: SessionSettings;
  readonly #limits: Limits;
  readonly #remote: Settings;
  readonly #out: OutputBuffer;
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;
  readonly #guard: FloodGuard;
  readonly #pings: Pings;
  readonly #sending: SendQueue<Owner>;
  readonly #streams: Streams<Owner>;
  readonly #receiveWindow: ReceiveWindow;
  readonly #emit: (event: SessionEvent<Owner>) => void;
  #phase: SessionPhase = "awaiting-settings";
  /** The lowest last-stream-id of the GOAWAY frames so far. */
  #lastStreamId = MAX_31_BIT;
  #block: HeaderBlock | undefined;

  constructor(setup: IncomingFramesSetup<Owner>) {
    const { settings } = setup;
    this.#settings = settings;
    this.#limits = settings.limits;
    this.#remote = setup.remote;
    this.#out = setup.out;
    this.#encoder = setup.encoder;
    this.#decoder = new Decoder(settings.limits.maxHeaderListSize);
    this.#guard = setup.guard;
    this.#pings = setup.pings;
    this.#sending = setup.sending;
    this.#streams = setup.streams;
    this.#receiveWindow = new ReceiveWindow(settings.connectionWindow);
    this.#emit = setup.emit;
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** Ends the session. */
  end(): void {
    this.#advance("end");
  }

  #advance(change: PhaseChange): void {
    this.#phase = nextPhase(this.#phase, change);
  }

  /** As {@link FrameSink.frame}. @throws {@link ProtocolError} */
  frame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (this.#block !== undefined && (type !== FrameType.CONTINUATION || streamId !== this.#block.streamId)) {
      throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "a header block was interrupted");
    }
    // RFC 9113 §3.4 demands SETTINGS first. A GOAWAY in its place is accepted: it says why the server refuses
    // this client, which helps more than an error about the order.
    if (
      this.#phase === "awaiting-settings" &&
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
        this.#guard.spendLasting("of unknown type");
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
    // Decoded even for a stream that has ended: both ends' tables must stay the same (RFC 9113 §4.3).
    const fields = this.#decoder.decode(bytes, start, end);
    this.#streams.onHeaders(streamId, this.#decoder.overflowed ? undefined : fields, endStream);
  }

  #onData(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    this.#streams.require(streamId, "DATA");
    // Padding counts too (RFC 9113 §6.1), and so do ignored frames (§5.1).
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
      if (!this.#sending.widen(increment)) {
        throw new ProtocolError(ErrorCode.FLOW_CONTROL_ERROR, "the connection's window passes 2³¹ − 1");
      }
      return;
    }
    this.#streams.require(streamId, "WINDOW_UPDATE");
    this.#streams.onWindowUpdate(streamId, increment);
  }

  #onSettings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "SETTINGS on a stream");
    this.#guard.spendLasting("SETTINGS");
    if (flags & Flag.ACK) {
      requireLength("SETTINGS with ACK", end - start, 0);
      this.#decoder.limitTable(this.#settings.headerTableSize);
      return;
    }
    if ((end - start) % SETTING_LENGTH !== 0) {
      throw new ProtocolError(ErrorCode.FRAME_SIZE_ERROR, `SETTINGS of ${end - start} octets`);
    }
    const { initialWindowSize: windowBefore, maxHeaderListSize: listBefore } = this.#remote;
    this.#encoder.setPeerTableSize(applySettings(this.#remote, bytes, start, end));
    this.#encoder.setPeerTableSize(this.#remote.headerTableSize);
    this.#streams.onInitialWindow(windowBefore);
    if (this.#remote.maxHeaderListSize < listBefore) this.#streams.onHeaderListLimit();
    this.#advance("settings");
    // Requests and bodies are written when output is taken: the acknowledgement leaves before all that it allows.
    this.#reply(FrameType.SETTINGS, noOctets);
    this.#emit(settingsEvent);
  }

  #onPing(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    requireLength("PING", end - start, 8);
    if (streamId !== 0) throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "PING on a stream");
    if (flags & Flag.ACK) this.#onPong(bytes, start);
    else {
      this.#guard.spend("PING");
      this.#reply(FrameType.PING, bytes.subarray(start, end));
    }
  }

  #onPong(bytes: Buffer, start: number): void {
    const acknowledged = this.#pings.acknowledge(bytes, start);
    if (acknowledged === "round-trip") {
      this.#sending.useAnyWindow();
      return;
    }
    this.#guard.spend("an acknowledgement of PING");
    if (acknowledged !== undefined) this.#emit({ type: "pong", payload: acknowledged });
  }

  /** Answers a frame of the peer with an acknowledgement. */
  #reply(type: typeof FrameType.SETTINGS | typeof FrameType.PING, payload: Uint8Array): void {
    if (this.#out.length > MOST_UNTAKEN) {
      throw new ProtocolError(
        ErrorCode.ENHANCE_YOUR_CALM,
        "the peer sends frames but does not read the replies",
      );
    }
    this.#out.writeFrame(type, Flag.ACK, 0, payload);
  }

  #onGoaway(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "GOAWAY on a stream");
    if (end - start < 8)
      throw new ProtocolError(ErrorCode.FRAME_SIZE_ERROR, `GOAWAY of ${end - start} octets`);
    this.#guard.spendLasting("GOAWAY");
    this.#advance("goaway");
    const lastStreamId = Math.min(this.#lastStreamId, bytes.readUInt32BE(start) & MAX_31_BIT);
    this.#lastStreamId = lastStreamId;
    const errorCode = bytes.readUInt32BE(start + 4);
    const debug = bytes.toString("utf8", start + 8, Math.min(end, start + 8 + MAX_DEBUG_LENGTH));
    const leftOut = this.#streams.goAway(lastStreamId);
    const unprocessed = leftOut.filter(({ answerBegun }) => !answerBegun);
    this.#emit({ type: "goaway", lastStreamId, errorCode, debug, unprocessed });
    if (unprocessed.length === leftOut.length) return;
    const message = "GOAWAY leaves out a stream whose answer has begun";
    for (const stream of leftOut) {
      if (!stream.answerBegun) continue;
      this.#emit({ type: "failure", stream, failure: "reset", errorCode, message, unprocessed: false });
    }
  }

  #onPriority(streamId: number, length: number): void {
    if (streamId === 0) throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, "PRIORITY without a stream");
    requireLength("PRIORITY", length, PRIORITY_LENGTH);
    this.#guard.spendLasting("PRIORITY");
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
