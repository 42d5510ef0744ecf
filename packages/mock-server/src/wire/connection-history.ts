/**
 * The settings that a client announced (RFC 9113 §6.5.2), or the initial values of those that it never sent.
 */
export interface ClientSettings {
  readonly headerTableSize?: number | undefined;
  readonly enablePush?: boolean | undefined;
  readonly maxConcurrentStreams?: number | undefined;
  readonly initialWindowSize?: number | undefined;
  readonly maxFrameSize?: number | undefined;
  readonly maxHeaderListSize?: number | undefined;
}

/** Events of a connection, except its requests. */
export type ConnectionIncident =
  | { readonly kind: "opened" | "resumed" | "dropped" | "closed" }
  | {
      /** The client announced its settings. */
      readonly kind: "client-settings";
      readonly settings: ClientSettings;
    }
  | {
      /** The server announced a limit of streams. */
      readonly kind: "settings";
      readonly maxConcurrentStreams: number;
    }
  | {
      /** The server sent a GOAWAY. */
      readonly kind: "goaway";
      readonly lastStreamId: number;
      readonly code: number;
      readonly reason: string | undefined;
    }
  | {
      /** The client sent a GOAWAY. */
      readonly kind: "client-goaway";
      readonly lastStreamId: number;
      readonly code: number;
    }
  | {
      /** A stream was reset, by the server or by the client. */
      readonly kind: "reset" | "client-reset";
      readonly stream: number;
      readonly code: number;
    }
  | {
      /** The connection fell silent. */
      readonly kind: "stalled";
      /** Milliseconds; undefined: permanently. */
      readonly ms: number | undefined;
    };

/** An incident and its time. */
export type ConnectionEvent = ConnectionIncident & {
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** The origin of a connection. */
export interface ConnectionOrigin {
  /** Counts up from 1 over all connections. */
  readonly number: number;
  /** Address and port of the client. */
  readonly peer: string;
  /** For example `TLSv1.3`. */
  readonly tls: string | undefined;
  /** Topics of the client's certificate; undefined without one. */
  readonly certificateTopics: readonly string[] | undefined;
}

/** The record of a connection. */
export interface ConnectionRecord extends ConnectionOrigin {
  /** Milliseconds since the epoch. */
  readonly openedAt: number;
  /** Milliseconds since the epoch; undefined while it is open. */
  readonly closedAt: number | undefined;
  /** Requests that arrived completely. */
  readonly requests: number;
  /** Requests that were answered with a reason. */
  readonly refused: number;
  /** Requests that got no answer. */
  readonly unanswered: number;
  /** The client's latest settings; undefined before the first. */
  readonly clientSettings: ClientSettings | undefined;
  /** The latest events, oldest first. */
  readonly events: readonly ConnectionEvent[];
}

const KEPT_EVENTS = 200;

/** The history of one connection: counts, and its latest events. */
export class ConnectionHistory {
  readonly origin: ConnectionOrigin;
  readonly openedAt: number;
  readonly #now: () => number;
  #closedAt: number | undefined;
  #events: ConnectionEvent[] = [];
  #clientSettings: ClientSettings | undefined;
  #incidents = 0;
  requests = 0;
  refused = 0;
  unanswered = 0;

  constructor(origin: ConnectionOrigin, now: () => number) {
    this.origin = origin;
    this.#now = now;
    this.openedAt = now();
    this.#events.push({ at: this.openedAt, kind: "opened" });
  }

  get isClosed(): boolean {
    return this.#closedAt !== undefined;
  }

  /** The number of incidents so far. */
  get incidents(): number {
    return this.#incidents;
  }

  note(incident: ConnectionIncident): void {
    this.#incidents++;
    const at = this.#now();
    this.#events.push({ ...incident, at });
    // Twice the number, so that a flood of resets moves each event at most once.
    if (this.#events.length >= 2 * KEPT_EVENTS) this.#events = this.#events.slice(-KEPT_EVENTS);
    if (incident.kind === "client-settings") this.#clientSettings = incident.settings;
    else if (incident.kind === "closed") this.#closedAt = at;
  }

  record(): ConnectionRecord {
    return {
      ...this.origin,
      openedAt: this.openedAt,
      closedAt: this.#closedAt,
      requests: this.requests,
      refused: this.refused,
      unanswered: this.unanswered,
      clientSettings: this.#clientSettings,
      events: this.#events.slice(-KEPT_EVENTS),
    };
  }
}
