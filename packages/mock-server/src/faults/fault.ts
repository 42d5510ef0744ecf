import type { Reason } from "../services/reasons.ts";
import type { GoawayOptions } from "../wire/goaway.ts";
import type { Latency } from "./latency.ts";

/** What goes wrong. */
export type FaultAction =
  | {
      /** One answer, whatever the request. */
      kind: "answer";
      /** The answer's reason, in the spelling of the wire; its status follows. */
      reason: Reason;
      /** From then on the whole connection answers so. Default false. */
      sticky?: boolean;
      /** The request has its effect all the same. Default false. */
      acted?: boolean;
      /** Seconds for a `retry-after` header, which Apple is not known to send. Default none. */
      retryAfter?: number;
      /** For 410: ms since the epoch. Default now. */
      timestamp?: number;
    }
  | {
      /** Answers later. */
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
      /** The request has its effect all the same. Default false. */
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
      /** This request (the default), or the connection, which says nothing more, not even to a PING. */
      scope?: "stream" | "connection";
      /** Milliseconds after which it goes on; from 0. Default: never. */
      ms?: number;
      /** What is never answered has its effect all the same. Default false. */
      acted?: boolean;
    }
  | {
      /** Closes the socket without a word. */
      kind: "drop";
      /** All that was in flight on it has had its effect. Default false. */
      acted?: boolean;
    }
  | {
      /** Turns new connections away. */
      kind: "refuse";
      /** Closed before TLS (the default) or after the handshake, or accepted and left hanging before TLS. */
      how?: "close" | "close-after-handshake" | "hang";
    };

/** What can be done to a connection at any time. */
export type ConnectionAction = Extract<
  FaultAction,
  {
    /** The kinds that can hit a connection as well as a request. */
    kind: "goaway" | "settings" | "stall" | "drop";
  }
>;

/** Whom it hits. */
export interface FaultTarget {
  /** Part of the matching requests (or connections) that it hits, from 0 to 1. Default 1. */
  share?: number;
  /** It ends after so many hits. Default: never. */
  times?: number;
  /** Only pushes to this device token. */
  token?: string;
  /** Only pushes with this topic. */
  topic?: string;
  /** Only this connection, by its number in the ledger. */
  connection?: number;
}

/** What goes wrong, and whom it hits. */
export type Fault = FaultAction & FaultTarget;

/** A fault that is in force. */
export interface InjectedFault {
  /** Counts up from 1; ends the fault through `removeFault`. */
  readonly id: number;
  /** What it does, and whom it hits: a copy of what was given. */
  readonly fault: Fault;
  /** How often it has hit. */
  readonly hits: number;
}
