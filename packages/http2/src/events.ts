import type { ErrorCode } from "./error-codes.ts";
import type { ProtocolError } from "./errors.ts";
import type { ClientStream } from "./stream.ts";

/** Why a stream ended without a complete answer. */
export type StreamFailure =
  /**
   * The peer sent RST_STREAM, or GOAWAY in the middle of the answer. Or the peer lowered its limit for header
   * lists, and the request, of which nothing had left, is now too large.
   */
  | "reset"
  /** The answer broke a rule of RFC 9113 §8; this end has reset the stream. */
  | "malformed"
  /** The peer broke flow control on this stream; this end has reset it. */
  | "flow-control"
  /** The header list is over `maxHeaderListSize`; this end has reset the stream. */
  | "headers-too-large"
  /** The body is over `maxBodyLength`; this end has reset the stream. */
  | "body-too-large";

/** An event that `receive` returns. A stream that an event names is closed, and its slot is free again. */
export type SessionEvent<Owner> =
  | {
      /** A complete answer has arrived. */
      readonly type: "response";
      /** Holds status, fields, body and trailers. */
      readonly stream: ClientStream<Owner>;
    }
  | {
      /** A stream ended without a complete answer; the other streams continue. */
      readonly type: "failure";
      /** Still holds the part of the answer that arrived. */
      readonly stream: ClientStream<Owner>;
      /** Which end ended the stream, and why. */
      readonly failure: StreamFailure;
      /** The code in the peer's RST_STREAM frame, or in this end's. */
      readonly errorCode: ErrorCode;
      /** What was wrong; the text contains no value that was sent. */
      readonly message: string;
      /**
       * True if the peer says that it did not process the request (REFUSED_STREAM, RFC 9113 §8.7), and no
       * part of an answer contradicts that: the request may be sent again. Otherwise the peer may have acted
       * on it.
       */
      readonly unprocessed: boolean;
    }
  | {
      /** The peer's settings changed, such as limits or windows. The first event is the peer's preface. */
      readonly type: "settings";
    }
  | {
      /** The peer answered a PING. */
      readonly type: "pong";
      /** The number that the caller passed to `ping`. */
      readonly payload: number;
    }
  | {
      /** The peer takes no new streams (RFC 9113 §6.8). */
      readonly type: "goaway";
      /** The highest stream that the peer may have acted on. All above it are closed. */
      readonly lastStreamId: number;
      /** `NO_ERROR` for an orderly end. */
      readonly errorCode: ErrorCode;
      /** The debug data as UTF-8, cut at 4,096 octets. */
      readonly debug: string;
      /**
       * The peer did not process these streams: their requests may be sent again, on another connection. A
       * stream above the last id whose answer has begun is not in the list: a `failure` event with
       * `unprocessed: false` follows for it.
       */
      readonly unprocessed: readonly ClientStream<Owner>[];
    }
  | {
      /**
       * The peer broke the protocol. The session is over, and GOAWAY waits to be sent. Always the last event.
       */
      readonly type: "error";
      /** Which rule it broke. */
      readonly error: ProtocolError;
    };
