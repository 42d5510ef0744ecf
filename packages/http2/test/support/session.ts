import {
  ClientSession,
  type ClientStream,
  FieldList,
  type OutgoingRequest,
  type SessionEvent,
  type SessionOptions,
} from "../../src/index.ts";
import { octets, type SettingId, settings } from "./frames.ts";
import { describeFrames } from "./wire.ts";

type Settings = readonly (readonly [id: (typeof SettingId)[keyof typeof SettingId], value: number])[];

/** A session in the hands of a scripted server. */
export class Harness {
  readonly session: ClientSession<number>;
  #requests = 0;
  /** Output that has left and that no test has looked at. */
  readonly #left: Buffer[] = [];

  constructor(options: Partial<SessionOptions> = {}) {
    this.session = new ClientSession<number>({ authority: "example.com", ...options });
  }

  /** The server sends these frames; returns what the session made of them. What waited to be sent has left before. */
  receive(...frames: readonly Uint8Array[]): readonly SessionEvent<number>[] {
    this.#flush();
    return this.session.receive(octets(...frames));
  }

  /** The server sends these frames before anything that waits has left. */
  receiveFirst(...frames: readonly Uint8Array[]): readonly SessionEvent<number>[] {
    return this.session.receive(octets(...frames));
  }

  /** As {@link receive}, with each event as one line. */
  told(...frames: readonly Uint8Array[]): string[] {
    return this.receive(...frames).map(describeEvent);
  }

  /** All octets that the session wrote since the last call. */
  take(): Buffer {
    this.#flush();
    return Buffer.concat(this.#left.splice(0));
  }

  /** What the session wrote since the last call, one line for each frame. */
  wrote(): string[] {
    return describeFrames(this.take());
  }

  #flush(): void {
    const { session } = this;
    for (let piece = session.takeOutput(); piece !== undefined; piece = session.takeOutput()) {
      // A copy, since the memory may be given back.
      this.#left.push(Buffer.from(piece));
    }
  }

  /** Sends one request; its owner is the number of requests before it. */
  post(request: Partial<OutgoingRequest> & { readonly length?: number } = {}): ClientStream<number> {
    const { length = 0, ...rest } = request;
    return this.session.request(
      {
        method: "POST",
        path: "/3/device/00",
        sharedFields: FieldList.empty,
        ownFields: FieldList.empty,
        content: Buffer.alloc(length, "b"),
        ...rest,
      },
      this.#requests++,
    );
  }

  posts(count: number, length = 0): ClientStream<number>[] {
    return Array.from({ length: count }, () => this.post({ length }));
  }

  /** As {@link posts}; what the windows take of the requests has left. */
  sent(count: number, length = 0): ClientStream<number>[] {
    const streams = this.posts(count, length);
    this.#flush();
    return streams;
  }
}

/** A session that has had the server's SETTINGS and whose output is taken. */
export function openSession(options: Partial<SessionOptions> = {}, remote: Settings = []): Harness {
  const harness = new Harness(options);
  harness.receive(settings(...remote));
  harness.take();
  return harness;
}

/** An event as one line without object identities, so that lists of them can be compared. */
export function describeEvent(event: SessionEvent<number>): string {
  switch (event.type) {
    case "response": {
      const { stream } = event;
      const trailers = stream.trailers.length > 0 ? ` trailers ${stream.trailers.join("|")}` : "";
      return `response ${stream.id} ${stream.status} body ${Buffer.from(stream.body).toString("latin1")}${trailers}`;
    }
    case "failure":
      return `failure ${event.stream.id} ${event.failure} code ${event.errorCode}`;
    case "goaway": {
      const ids = event.unprocessed.map(({ id }) => id).join(",");
      return `goaway last ${event.lastStreamId} code ${event.errorCode} unprocessed [${ids}] ${event.debug}`;
    }
    case "pong":
      return `pong ${event.payload}`;
    case "error":
      return `error code ${event.error.errorCode}`;
    case "settings":
      return "settings";
  }
}
