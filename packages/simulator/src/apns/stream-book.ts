import type { Frame } from "@apnskit/testkit/http2/frames";

interface BookedStream {
  readonly id: number;
  clientEnded: boolean;
  serverEnded: boolean;
  /** Octets of DATA so far, and octets allowed by WINDOW_UPDATE on top of the initial window. */
  used: number;
  granted: number;
}

/** Settings that bind the client. */
export interface BindingSettings {
  readonly maxConcurrentStreams?: number;
  readonly initialWindowSize?: number;
  readonly maxFrameSize?: number;
  readonly headerTableSize?: number;
}

/**
 * Checks the order of the client's frames, as it writes them, against RFC 9113. A setting binds from its
 * acknowledgement on: frames that a raised limit allows must come behind the acknowledgement (RFC 9113
 * §6.5.3).
 */
export class StreamBook {
  readonly #violation: (text: string) => void;
  readonly #streams = new Map<number, BookedStream>();
  readonly #announced: BindingSettings[] = [];
  /** Streams that were closed by the server first: DATA may still come. */
  readonly #closedByServer = new Set<number>();
  #lastId = 0;
  #maxStreams = Number.POSITIVE_INFINITY;
  #initialWindow = 65_535;
  #maxFrame = 16_384;
  #used = 0;
  #granted = 65_535;
  #goneAway = false;

  constructor(violation: (text: string) => void) {
    this.#violation = violation;
  }

  /** Streams that are open. */
  get open(): number {
    return this.#streams.size;
  }

  /** The highest id so far. */
  get lastId(): number {
    return this.#lastId;
  }

  announce(settings: BindingSettings): void {
    this.#announced.push(settings);
  }

  /** The server has sent WINDOW_UPDATE. @param id 0: for the connection */
  grant(id: number, octets: number): void {
    if (id === 0) this.#granted += octets;
    else {
      const stream = this.#streams.get(id);
      if (stream !== undefined) stream.granted += octets;
    }
  }

  /** The server has ended its side of a stream. @param whole true: it has reset the stream */
  serverEnded(id: number, whole: boolean): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.serverEnded = true;
    if (!whole && !stream.clientEnded) return;
    this.#streams.delete(id);
    if (!stream.clientEnded) this.#closedByServer.add(id);
  }

  /** The client writes a frame. Returns the settings that it acknowledges. */
  written(frame: Frame): BindingSettings | undefined {
    if (frame.payload.length > this.#maxFrame) {
      this.#violation(`a frame of ${frame.payload.length} octets, the limit is ${this.#maxFrame}`);
    }
    switch (frame.type) {
      case "HEADERS":
        this.#headers(frame.streamId, frame.endStream);
        return undefined;
      case "DATA":
        this.#data(frame.streamId, frame.payload.length, frame.endStream);
        return undefined;
      case "RST_STREAM":
        if (frame.streamId > this.#lastId) this.#violation(`RST_STREAM on idle stream ${frame.streamId}`);
        this.#streams.delete(frame.streamId);
        this.#closedByServer.delete(frame.streamId);
        return undefined;
      case "GOAWAY":
        this.#goneAway = true;
        return undefined;
      case "SETTINGS":
        return frame.ack ? this.#acknowledge() : undefined;
      case "PUSH_PROMISE":
        this.#violation("PUSH_PROMISE by a client");
        return undefined;
      default:
        return undefined;
    }
  }

  #headers(id: number, endStream: boolean): void {
    if (this.#goneAway) this.#violation(`stream ${id} opened after the client's own GOAWAY`);
    if (id % 2 === 0 || id <= this.#lastId) {
      this.#violation(`stream ${id} opened after stream ${this.#lastId}`);
      return;
    }
    this.#lastId = id;
    this.#streams.set(id, { id, clientEnded: endStream, serverEnded: false, used: 0, granted: 0 });
    if (this.open > this.#maxStreams) {
      this.#violation(`stream ${id} made ${this.open} open, the limit is ${this.#maxStreams}`);
    }
  }

  #data(id: number, octets: number, endStream: boolean): void {
    this.#used += octets;
    if (this.#used > this.#granted) {
      this.#violation(
        `DATA on stream ${id}: ${this.#used - this.#granted} octets over the connection's window`,
      );
    }
    const stream = this.#streams.get(id);
    if (stream === undefined) {
      if (!this.#closedByServer.has(id)) this.#violation(`DATA on stream ${id}, which is not open`);
      if (endStream) this.#closedByServer.delete(id);
      return;
    }
    if (stream.clientEnded) this.#violation(`DATA on stream ${id} after its end`);
    stream.used += octets;
    const over = stream.used - stream.granted - this.#initialWindow;
    if (over > 0 && octets > 0) this.#violation(`DATA on stream ${id}: ${over} octets over its window`);
    if (!endStream) return;
    stream.clientEnded = true;
    if (stream.serverEnded) this.#streams.delete(id);
  }

  #acknowledge(): BindingSettings | undefined {
    const settings = this.#announced.shift();
    if (settings === undefined) {
      this.#violation("SETTINGS acknowledged that were never sent");
      return undefined;
    }
    this.#maxStreams = settings.maxConcurrentStreams ?? this.#maxStreams;
    this.#initialWindow = settings.initialWindowSize ?? this.#initialWindow;
    this.#maxFrame = settings.maxFrameSize ?? this.#maxFrame;
    return settings;
  }
}
