import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Answer } from "./answer.ts";
import type { ErrorCode, Settings } from "./http2/codes.ts";
import { FrameWriter, type GoawayOptions } from "./http2/frame-writer.ts";
import { encodeFrame, type Frame, type FrameName, type FrameOf, FrameReader } from "./http2/frames.ts";
import type { Fields } from "./http2/hpack-writer.ts";
import { PacedBodies } from "./http2/paced-bodies.ts";
import { RequestAssembly } from "./http2/request-assembly.ts";
import { StreamLedger } from "./http2/stream-ledger.ts";
import { defaultPatience, Inbox } from "./inbox.ts";
import type { RequestSession } from "./request-session.ts";
import { resetSocket } from "./reset-socket.ts";
import { ScriptedRequest } from "./scripted-request.ts";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Frames that the session sends automatically. A script can switch each on and off at any time. */
export interface Automatic {
  settingsAck: boolean;
  pingAck: boolean;
  /** WINDOW_UPDATE for every DATA frame, on its stream and on the connection. */
  windowUpdates: boolean;
  /** Ends the peer's side of the connection after the client ended its side. */
  end: boolean;
}

export interface SessionOptions {
  readonly automatic?: Partial<Automatic>;
  readonly patience?: number;
}

/** Events for the peer that owns the session. */
export interface SessionEvents {
  readonly ready: () => void;
  readonly head: (request: ScriptedRequest<ScriptedSession>) => void;
  readonly complete: (request: ScriptedRequest<ScriptedSession>) => void;
  /** A responder threw, which is a mistake of the script, not of the client. */
  readonly failed: (error: unknown) => void;
}

/**
 * Decides the answer to a request. Without an answer the request stays open, unless the script handles it.
 */
export type Responder = (
  request: ScriptedRequest<ScriptedSession>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a responder may be a bare call such as `request.reset(…)`
) => Answer | undefined | void | Promise<Answer | undefined | void>;

/** One accepted connection. The script writes any frame at any moment and reads all frames of the client. */
export class ScriptedSession extends FrameWriter implements RequestSession {
  readonly automatic: Automatic;
  /** Every frame received, in order. */
  readonly frames: Frame[] = [];
  /** Every request whose headers arrived, in order. */
  readonly received: ScriptedRequest<ScriptedSession>[] = [];
  /** Whether the client has ended its side (FIN or close_notify). */
  ended = false;
  /** Whether the socket is gone, and with which error if any. */
  closed = false;
  error: Error | undefined;
  readonly #socket: Socket;
  readonly #raw: Socket;
  readonly #events: SessionEvents;
  readonly #ledger = new StreamLedger();
  readonly #assembly: RequestAssembly;
  readonly #bodies: PacedBodies;
  readonly #reader = new FrameReader();
  readonly #requests = new Map<number, ScriptedRequest<ScriptedSession>>();
  readonly #frameInbox: Inbox<Frame>;
  readonly #headInbox: Inbox<ScriptedRequest<ScriptedSession>>;
  readonly #completeInbox: Inbox<ScriptedRequest<ScriptedSession>>;
  readonly #closeInbox: Inbox<void>;
  #prefaceLeft: Buffer = preface;
  #responder: Responder | undefined;
  #goawayLimit = Infinity;
  #unreturnedCredit = 0;

  constructor(socket: Socket, raw: Socket, events: SessionEvents, options: SessionOptions = {}) {
    super();
    this.#socket = socket;
    this.#raw = raw;
    this.#events = events;
    this.automatic = {
      settingsAck: true,
      pingAck: true,
      windowUpdates: true,
      end: true,
      ...options.automatic,
    };
    const patience = options.patience ?? defaultPatience;
    const context = () => this.describe();
    this.#frameInbox = new Inbox(context, patience);
    this.#headInbox = new Inbox(context, patience);
    this.#completeInbox = new Inbox(context, patience);
    this.#closeInbox = new Inbox(context, patience);

    this.#assembly = new RequestAssembly({
      head: (streamId, fields) => this.#onHead(new ScriptedRequest(this, streamId, fields)),
      data: (streamId, data) => this.#requests.get(streamId)?.append(data),
      end: (streamId) => this.#onComplete(this.#requests.get(streamId)!),
    });
    this.#bodies = new PacedBodies({
      sendable: (streamId) => this.#ledger.sendable(streamId),
      data: (streamId, data, endStream) => this.data(streamId, data, { endStream }),
      trailers: (streamId, fields) => this.headers(streamId, fields, { endStream: true }),
    });

    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("end", () => {
      this.ended = true;
      if (this.automatic.end) socket.end();
    });
    socket.on("error", (error) => {
      this.error = error;
    });
    socket.on("close", () => this.#onClose());
  }

  // Writing

  /** Writes raw bytes. They bypass all accounting, so windows and streams are no longer checked exactly. */
  raw(bytes: Uint8Array): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes);
  }

  /** Writes any frame, valid or not. */
  frame(
    type: FrameName | number,
    frameFlags: number,
    streamId: number,
    payload: Uint8Array = Buffer.alloc(0),
  ): void {
    const bytes = encodeFrame(type, frameFlags, streamId, payload);
    this.raw(bytes);
    try {
      for (const sent of new FrameReader().read(bytes)) this.#ledger.sent(sent);
    } catch {
      // A malformed frame changes no count.
    }
  }

  /** Sends all bytes from `write` in one piece, so that the client gets them in one read. */
  batch(write: () => void): void {
    this.#socket.cork();
    try {
      write();
    } finally {
      this.#socket.uncork();
    }
  }

  /** Streams above the last id get no more answers. The last id defaults to the highest received id. */
  override goaway(options: GoawayOptions = {}): void {
    this.#goawayLimit = options.lastStreamId ?? this.#ledger.lastStreamId;
    super.goaway({ ...options, lastStreamId: this.#goawayLimit });
  }

  override reset(streamId: number, code: ErrorCode): void {
    this.#bodies.drop(streamId);
    super.reset(streamId, code);
  }

  /** Writes a whole answer. Its body follows the client's windows: the rest leaves when they open. */
  respond(streamId: number, answer: Answer = {}): void {
    const parts = bodyParts(answer.body);
    const status: Fields = [[":status", answer.status ?? 200]];
    const rest = Array.isArray(answer.headers) ? answer.headers : Object.entries(answer.headers ?? {});
    const endStream = parts.length === 0 && answer.trailers === undefined;
    this.headers(streamId, [...status, ...rest], { endStream });
    if (!endStream) this.#bodies.begin(streamId, parts, answer.trailers);
  }

  /**
   * Answers complete requests, including requests that have already arrived. Streams above a GOAWAY's last id
   * get no answer.
   */
  autoRespond(responder: Responder = () => ({})): void {
    this.#responder = responder;
    for (const request of this.received) {
      if (request.complete && this.#ledger.isOpen(request.streamId)) this.#answer(request);
    }
  }

  // Reading

  /** Takes the next frame (of that type). Frames of other types stay for later. */
  nextFrame(): Promise<Frame>;
  nextFrame<Type extends Frame["type"]>(
    type: Type,
    matches?: (frame: FrameOf<Type>) => boolean,
  ): Promise<FrameOf<Type>>;
  nextFrame(type?: Frame["type"], matches: (frame: never) => boolean = () => true): Promise<Frame> {
    return this.#frameInbox.take(
      type === undefined ? "a frame" : `a ${type} frame`,
      (frame) => type === undefined || (frame.type === type && matches(frame as never)),
    );
  }

  /** The next complete request. */
  request(): Promise<ScriptedRequest<ScriptedSession>> {
    return this.#completeInbox.take("a request");
  }

  /** The next `count` complete requests, in the order of their completion. */
  async requests(count: number): Promise<ScriptedRequest<ScriptedSession>[]> {
    const requests: ScriptedRequest<ScriptedSession>[] = [];
    for (let i = 1; i <= count; i++) {
      requests.push(await this.#completeInbox.take(`request ${i} of ${count}`));
    }
    return requests;
  }

  /** The next request whose headers have arrived. Its body may still be incomplete. */
  requestHead(): Promise<ScriptedRequest<ScriptedSession>> {
    return this.#headInbox.take("a request's headers");
  }

  /**
   * Sends a PING and waits for its answer. Then the client has read all earlier bytes, and its reactions have
   * arrived.
   */
  async roundTrip(): Promise<void> {
    const opaque = this.ping();
    await this.nextFrame("PING", (frame) => frame.ack && frame.opaque.equals(opaque));
  }

  /** Resolves when either side has closed the socket. */
  async whenClosed(): Promise<void> {
    if (this.closed) return;
    await this.#closeInbox.take("the connection to close");
    this.#closeInbox.put(); // for the next caller
  }

  // State

  /** Streams open now, as the peer counts them. */
  get openStreams(): number[] {
    return this.#ledger.openIds;
  }

  /** The peak of concurrently open streams. */
  get maxOpenStreams(): number {
    return this.#ledger.maxOpen;
  }

  /** The client's violations of RFC 9113, as text. Closing the peer fails its test if there are any. */
  get violations(): readonly string[] {
    return this.#ledger.violations;
  }

  /** The client's settings, as it last announced them. */
  get clientSettings(): Settings {
    return this.#ledger.clientSettings;
  }

  /** The client's certificate, DER, if it presented one. */
  get clientCertificate(): Buffer | undefined {
    return this.#socket instanceof TLSSocket ? this.#socket.getPeerX509Certificate()?.raw : undefined;
  }

  /** The client's frames in short form: `SETTINGS HEADERS[1] DATA[1]`. */
  describe(): string {
    const names = this.frames
      .slice(-20)
      .map((frame) => `${frame.type}${frame.streamId ? `[${frame.streamId}]` : ""}`);
    const dropped = this.frames.length - names.length;
    return `received so far: ${dropped > 0 ? `${dropped} frames, then ` : ""}${names.join(" ") || "nothing"}`;
  }

  // The socket

  /** Drops the connection with a TCP reset. */
  destroy(): void {
    resetSocket(this.#raw);
  }

  /** Half-closes the connection: close_notify and FIN. The session still reads. */
  end(): void {
    this.#socket.end();
  }

  /** Stops reading, so that the client's writes pile up. */
  stopReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  #read(chunk: Buffer): void {
    const rest = this.#takePreface(chunk);
    try {
      for (const frame of this.#reader.read(rest)) this.#onFrame(frame);
    } catch (error) {
      this.#ledger.violations.push(`unreadable: ${(error as Error).message}`);
      this.#raw.destroy();
    }
  }

  #takePreface(chunk: Buffer): Buffer {
    if (this.#prefaceLeft.length === 0) return chunk;
    const part = chunk.subarray(0, this.#prefaceLeft.length);
    if (!part.equals(this.#prefaceLeft.subarray(0, part.length))) {
      this.#ledger.violations.push(`connection preface is ${JSON.stringify(part.toString("latin1"))}`);
      this.#raw.destroy();
      return Buffer.alloc(0);
    }
    this.#prefaceLeft = this.#prefaceLeft.subarray(part.length);
    if (this.#prefaceLeft.length === 0) this.#events.ready();
    return chunk.subarray(part.length);
  }

  #onFrame(frame: Frame): void {
    if (this.frames.length === 0 && frame.type !== "SETTINGS") {
      this.#ledger.violations.push(`first frame is ${frame.type}, not SETTINGS (RFC 9113 §3.4)`);
    }
    this.frames.push(frame);
    this.#ledger.received(frame);
    this.#follow(frame);
    this.#frameInbox.put(frame);
  }

  #follow(frame: Frame): void {
    this.#assembly.read(frame);
    switch (frame.type) {
      case "SETTINGS":
        if (frame.ack) this.#assembly.limitTable(this.#ledger.acknowledged.headerTableSize ?? 4096);
        else if (this.automatic.settingsAck) this.acknowledgeSettings();
        this.#bodies.flush();
        return;
      case "PING":
        if (!frame.ack && this.automatic.pingAck) this.acknowledgePing(frame.opaque);
        return;
      case "DATA":
        if (this.automatic.windowUpdates) this.#returnCredit(frame);
        return;
      case "RST_STREAM":
        this.#bodies.drop(frame.streamId);
        this.#requests.delete(frame.streamId);
        return;
      case "WINDOW_UPDATE":
        this.#bodies.flush();
        return;
    }
  }

  #onHead(request: ScriptedRequest<ScriptedSession>): void {
    this.#requests.set(request.streamId, request);
    this.received.push(request);
    this.#events.head(request);
    this.#headInbox.put(request);
  }

  #onComplete(request: ScriptedRequest<ScriptedSession>): void {
    this.#requests.delete(request.streamId);
    request.complete = true;
    this.#events.complete(request);
    this.#completeInbox.put(request);
    this.#answer(request);
  }

  async #answer(request: ScriptedRequest<ScriptedSession>): Promise<void> {
    if (!this.#responder || request.streamId > this.#goawayLimit) return;
    try {
      const answer = await this.#responder(request);
      if (answer && this.#ledger.isOpen(request.streamId)) this.respond(request.streamId, answer);
    } catch (error) {
      this.#events.failed(error);
    }
  }

  #returnCredit(frame: FrameOf<"DATA">): void {
    if (!frame.endStream && frame.payload.length > 0) this.windowUpdate(frame.streamId, frame.payload.length);
    this.#unreturnedCredit += frame.payload.length;
    // A quarter of the default window, so that small bodies do not cost a frame each.
    if (this.#unreturnedCredit < 16_384) return;
    this.windowUpdate(0, this.#unreturnedCredit);
    this.#unreturnedCredit = 0;
  }

  #onClose(): void {
    this.closed = true;
    const why = `the connection closed${this.error ? ` (${this.error.message})` : ""}`;
    this.#frameInbox.end(why);
    this.#headInbox.end(why);
    this.#completeInbox.end(why);
    this.#closeInbox.put();
  }
}

function bodyParts(body: Answer["body"]): Buffer[] {
  if (body === undefined) return [];
  if (typeof body === "string" || body instanceof Uint8Array) return [Buffer.from(body)];
  if (Array.isArray(body)) return body.map((part) => Buffer.from(part));
  return [Buffer.from(JSON.stringify(body))];
}
