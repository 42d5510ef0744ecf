import type { Settings } from "./codes.ts";
import { type Frame, type FrameName, flags } from "./frames.ts";

interface Stream {
  readonly id: number;
  clientEnded: boolean;
  peerEnded: boolean;
  resetBy: "client" | "peer" | undefined;
  /** Bytes of DATA received, and bytes allowed by WINDOW_UPDATE on top of the initial window. */
  received: number;
  granted: number;
  /** Bytes that the client lets this peer send. */
  sendWindow: number;
}

/** Defaults before any SETTINGS (RFC 9113 §6.5.2). */
const initial = { maxConcurrentStreams: Infinity, initialWindowSize: 65_535, maxFrameSize: 16_384 };

/**
 * Counts streams and windows on the peer's side, and records each rule that the client breaks: more streams
 * than allowed, more DATA than the window, frames on closed streams. Between a SETTINGS frame and its
 * acknowledgement, the client may follow the old or the new value. So the larger value counts.
 */
export class StreamLedger {
  /** The client's violations of RFC 9113, as text. */
  readonly violations: string[] = [];
  /** The peak of concurrently open streams. */
  maxOpen = 0;
  /** The highest stream id that the client used. */
  lastStreamId = 0;
  /** The client's SETTINGS, later frames merged over earlier frames. */
  clientSettings: Settings = {};
  readonly #streams = new Map<number, Stream>();
  #open = 0;
  #acknowledged: Settings = {};
  readonly #announced: Settings[] = [];
  readonly #connection = { received: 0, granted: initial.initialWindowSize };
  #connectionSendWindow = initial.initialWindowSize;

  get open(): number {
    return this.#open;
  }

  get openIds(): number[] {
    return [...this.#streams.values()].filter((stream) => !isClosed(stream)).map((stream) => stream.id);
  }

  /** Settings that the client has acknowledged. */
  get acknowledged(): Settings {
    return this.#acknowledged;
  }

  isOpen(streamId: number): boolean {
    const stream = this.#streams.get(streamId);
    return stream !== undefined && !isClosed(stream);
  }

  /** Bytes of DATA that may be written on this stream now. */
  sendable(streamId: number): number {
    const stream = this.#streams.get(streamId);
    if (stream === undefined || stream.peerEnded || stream.resetBy !== undefined) return 0;
    const frameSize = this.clientSettings.maxFrameSize ?? initial.maxFrameSize;
    return Math.max(0, Math.min(this.#connectionSendWindow, stream.sendWindow, frameSize));
  }

  received(frame: Frame): void {
    if (frame.payload.length > this.#allowed("maxFrameSize")) {
      this.#violation(`${frame.type} frame of ${frame.payload.length} bytes`);
    }
    switch (frame.type) {
      case "HEADERS":
        this.#headers(frame.streamId, frame.endStream);
        break;
      case "DATA":
        this.#data(frame.streamId, frame.payload.length, frame.endStream);
        break;
      case "RST_STREAM":
        this.#resetByClient(frame.streamId);
        break;
      case "SETTINGS":
        if (frame.ack) this.#acknowledge();
        else this.#clientSettings(frame.settings);
        break;
      case "WINDOW_UPDATE":
        if (frame.streamId === 0) this.#connectionSendWindow += frame.increment;
        else this.#update(frame.streamId, (stream) => (stream.sendWindow += frame.increment));
        break;
    }
  }

  sent(frame: Frame): void {
    switch (frame.type) {
      case "DATA":
        this.#connectionSendWindow -= frame.payload.length;
        this.#update(frame.streamId, (stream) => (stream.sendWindow -= frame.payload.length));
        break;
      case "SETTINGS":
        if (!frame.ack) this.#announced.push(frame.settings);
        break;
      case "WINDOW_UPDATE":
        if (frame.streamId === 0) this.#connection.granted += frame.increment;
        else this.#update(frame.streamId, (stream) => (stream.granted += frame.increment));
        break;
      case "RST_STREAM":
        this.#update(frame.streamId, (stream) => (stream.resetBy ??= "peer"));
        break;
    }
    if (endsStream(frame.type) && frame.flags & flags.END_STREAM) {
      this.#update(frame.streamId, (stream) => (stream.peerEnded = true));
    }
  }

  #headers(id: number, endStream: boolean): void {
    const known = this.#streams.get(id);
    if (known) {
      if (known.clientEnded || known.resetBy === "client") this.#violation(`HEADERS on closed stream ${id}`);
      this.#update(id, (stream) => (stream.clientEnded ||= endStream));
      return;
    }
    if (id % 2 === 0 || id <= this.lastStreamId) {
      this.#violation(`stream ${id} opened after stream ${this.lastStreamId}`);
    }
    this.lastStreamId = Math.max(id, this.lastStreamId);
    const sendWindow = this.clientSettings.initialWindowSize ?? initial.initialWindowSize;
    const stream: Stream = {
      id,
      clientEnded: endStream,
      peerEnded: false,
      resetBy: undefined,
      received: 0,
      granted: 0,
      sendWindow,
    };
    this.#streams.set(id, stream);
    this.#open++;
    this.maxOpen = Math.max(this.maxOpen, this.#open);
    const limit = this.#allowed("maxConcurrentStreams");
    if (this.#open > limit) this.#violation(`stream ${id} made ${this.#open} open, the limit is ${limit}`);
  }

  #data(id: number, length: number, endStream: boolean): void {
    this.#connection.received += length;
    const over = this.#connection.received - this.#connection.granted;
    if (over > 0) this.#violation(`DATA on stream ${id} is ${over} bytes over the connection window`);
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.clientEnded || stream.resetBy === "client") {
      this.#violation(`DATA on ${stream ? "closed" : "idle"} stream ${id}`);
      return;
    }
    if (stream.resetBy === "peer") return;
    stream.received += length;
    const overStream = stream.received - stream.granted - this.#allowed("initialWindowSize");
    if (overStream > 0 && length > 0) {
      this.#violation(`DATA on stream ${id} is ${overStream} bytes over its window`);
    }
    this.#update(id, (it) => (it.clientEnded ||= endStream));
  }

  #resetByClient(id: number): void {
    if (!this.#streams.has(id)) this.#violation(`RST_STREAM on idle stream ${id}`);
    this.#update(id, (stream) => (stream.resetBy ??= "client"));
  }

  #clientSettings(settings: Settings): void {
    const before = this.clientSettings.initialWindowSize ?? initial.initialWindowSize;
    this.clientSettings = { ...this.clientSettings, ...settings };
    const change = (this.clientSettings.initialWindowSize ?? initial.initialWindowSize) - before;
    for (const stream of this.#streams.values()) stream.sendWindow += change;
  }

  #acknowledge(): void {
    const settings = this.#announced.shift();
    if (settings === undefined) this.#violation("SETTINGS acknowledged that were never sent");
    this.#acknowledged = { ...this.#acknowledged, ...settings };
  }

  #allowed(name: keyof typeof initial): number {
    const now = this.#acknowledged[name] ?? initial[name];
    return Math.max(now, ...this.#announced.map((settings) => settings[name] ?? now));
  }

  #update(id: number, change: (stream: Stream) => void): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    const wasClosed = isClosed(stream);
    change(stream);
    if (!wasClosed && isClosed(stream)) this.#open--;
  }

  #violation(text: string): void {
    this.violations.push(text);
  }
}

const isClosed = (stream: Stream) => stream.resetBy !== undefined || (stream.clientEnded && stream.peerEnded);

const endsStream = (type: Frame["type"]): boolean =>
  (["DATA", "HEADERS"] satisfies FrameName[] as string[]).includes(type);
