import { type ErrorCode, errorCodeName } from "./error-codes.ts";

/** The root of all errors of this project. `code` is stable, for programs; `message` is for people and may change. */
export abstract class ApnskitError extends Error {
  /** `ERR_APNS_…` or, in the HTTP/2 core, `ERR_HTTP2_…`: the same in every copy and version of a package. */
  abstract readonly code: string;
}

/**
 * The peer broke a rule that the whole connection depends on (RFC 9113 §5.4.1). The session has queued a GOAWAY
 * frame with {@link ProtocolError.errorCode} and takes no more input.
 */
export class ProtocolError extends ApnskitError {
  /** The class's name. */
  override readonly name = "ProtocolError";
  /** Stable; which rule was broken is in {@link ProtocolError.errorCode} and, in words, in `message`. */
  readonly code = "ERR_HTTP2_PROTOCOL";
  /** The HTTP/2 error code that this end reports to the peer. */
  readonly errorCode: ErrorCode;

  constructor(errorCode: ErrorCode, message: string) {
    super(`${message} (${errorCodeName(errorCode)})`);
    this.errorCode = errorCode;
  }
}
