import type { ErrorCode } from "./error-codes.ts";
import type { ProtocolError } from "./errors.ts";
import type { ClientStream } from "./stream.ts";

/** Why a stream ended without a whole answer. */
export type StreamFailure =
  /**
   * The peer sent RST_STREAM, or GOAWAY in the middle of the answer; or it has lowered its limit of header lists, and the
   * request, of which nothing has left, is too large now.
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

/** What happened in `receive`. A stream that an event names is closed; its slot is free again. */
export type SessionEvent<Owner> =
  | {
      /** A whole answer has come. */
      readonly type: "response";
      /** Status, fields, body and trailers are on it. */
      readonly stream: ClientStream<Owner>;
    }
  | {
      /** A stream ended without a whole answer; the others live on. */
      readonly type: "failure";
      /** The part of the answer that has come is still on it. */
      readonly stream: ClientStream<Owner>;
      /** Which end ended the stream, and why. */
      readonly failure: StreamFailure;
      /** The code in the peer's RST_STREAM frame, or in this end's. */
      readonly errorCode: ErrorCode;
      /** What was wrong, in words without any value that was sent. */
      readonly message: string;
      /**
       * True when the peer says that it did nothing about the request (REFUSED_STREAM, RFC 9113 §8.7), and no part of an
       * answer says otherwise: the request may be sent again. Else the peer may have acted on it.
       */
      readonly unprocessed: boolean;
    }
  | {
      /** The peer's settings have changed: room for streams, windows. The first one is the peer's preface. */
      readonly type: "settings";
    }
  | {
      /** The peer answered a PING. */
      readonly type: "pong";
      /** The number that was given to `ping`. */
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
       * The peer did nothing about these: their requests may be sent again, on another connection. A stream above the last
       * id whose answer has begun is not among them: a `failure` event follows for it, with `unprocessed: false`.
       */
      readonly unprocessed: readonly ClientStream<Owner>[];
    }
  | {
      /** The peer broke the protocol: the session is over, GOAWAY waits to be sent. Always the last event. */
      readonly type: "error";
      /** Which rule it broke. */
      readonly error: ProtocolError;
    };
