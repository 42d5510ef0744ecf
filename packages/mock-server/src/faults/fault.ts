import type { Reason } from "../services/reasons.ts";
import type { GoawayOptions } from "../wire/goaway.ts";
import type { Latency } from "./latency.ts";

/** The effect of a fault. */
export type FaultAction =
  | {
      /** One answer, whatever the request. */
      kind: "answer";
      /** The answer's reason, in the spelling of the wire; its status follows. */
      reason: Reason;
      /** From then on the whole connection gives this answer. Default false. */
      sticky?: boolean;
      /** The request still has its effect. Default false. */
      acted?: boolean;
      /** Seconds for a `retry-after` header, which Apple is not known to send. Default none. */
      retryAfter?: number;
      /** For 410: ms since the epoch. Default now. */
      timestamp?: number;
    }
  | {
      /** Delays the answer. */
      kind: "latency";
      /** Milliseconds on top of the server's own latency. */
      latency: Latency;
    }
  | ({
      /** Sends a GOAWAY. The request itself is answered if its stream is not above the last one. */
      kind: "goaway";
    } & GoawayOptions)
  | {
      /** Resets the stream. */
      kind: "reset";
      /** HTTP/2 error code or its name, e.g. `"REFUSED_STREAM"`. */
      code: number | string;
      /** The request still has its effect. Default false. */
      acted?: boolean;
    }
  | {
      /** Announces another limit, then answers. */
      kind: "settings";
      /** Streams at once, 0 … 2³² − 1. */
      maxConcurrentStreams: number;
    }
  | {
      /** Does not answer. */
      kind: "stall";
      /** This request (the default), or the connection, which then sends nothing, not even to a PING. */
      scope?: "stream" | "connection";
      /** Milliseconds after which it continues; from 0. Default: never. */
      ms?: number;
      /** Requests that are never answered still have their effect. Default false. */
      acted?: boolean;
    }
  | {
      /** Closes the socket without notice. */
      kind: "drop";
      /** All requests in flight on it have had their effect. Default false. */
      acted?: boolean;
    }
  | {
      /** Refuses new connections. */
      kind: "refuse";
      /** Closed before TLS (the default) or after the handshake, or accepted and left hanging before TLS. */
      how?: "close" | "close-after-handshake" | "hang";
    };

/** An action on a connection, possible at any time. */
export type ConnectionAction = Extract<
  FaultAction,
  {
    /** The kinds that can hit a connection as well as a request. */
    kind: "goaway" | "settings" | "stall" | "drop";
  }
>;

/** The target of a fault. */
export interface FaultTarget {
  /** Share of the matching requests (or connections) that it hits, from 0 to 1. Default 1. */
  share?: number;
  /** The fault ends after so many hits. Default: never. */
  times?: number;
  /** Only pushes to this device token. */
  token?: string;
  /** Only pushes with this topic. */
  topic?: string;
  /** Only this connection, by its number in the ledger. */
  connection?: number;
}

/** The effect of a fault, and its target. */
export type Fault = FaultAction & FaultTarget;

/** An active fault. */
export interface InjectedFault {
  /** Counts up from 1; `removeFault` takes it. */
  readonly id: number;
  /** Its effect and target: a copy of the input. */
  readonly fault: Fault;
  /** How often it has hit. */
  readonly hits: number;
}
