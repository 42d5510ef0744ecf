import { ApnskitError, type ErrorCode, errorCodeName } from "@apnskit/http2";

/**
 * Whether the server may have acted on a request that got no answer:
 *
 * - `"unsent"` – the server cannot have acted on it: it may be sent again without the risk of a second notification;
 * - `"unknown"` – the server may have acted on it.
 */
export type Delivery = "unsent" | "unknown";

/** Which of a request's time limits passed. */
export type DeadlineSource = "timeout" | "deadline" | "expiration";

/** Base of all errors that a request can end with. `code` is stable; `message` is for people. */
export abstract class PushError extends ApnskitError {
  static {
    this.recogniseAs("PushError");
  }

  /** Whether the server may have acted on the request. */
  readonly delivery: Delivery;

  constructor(message: string, delivery: Delivery, options?: ErrorOptions) {
    super(message, options);
    this.delivery = delivery;
  }
}

/** No stream, or no flow-control window, is free now: try again later or on another connection. */
export class Blocked extends PushError {
  static {
    this.recogniseAs("Blocked");
  }

  override readonly name = "Blocked";
  readonly code = "ERR_APNS_BLOCKED";

  constructor(message: string) {
    super(message, "unsent");
  }
}

/** The connection or pool takes no more requests, or the connection ended with this request in flight. */
export class Closed extends PushError {
  static {
    this.recogniseAs("Closed");
  }

  override readonly name = "Closed";
  readonly code = "ERR_APNS_CLOSED";
  /** Why: a GOAWAY reason of APNs such as `"Shutdown"`, a socket error code such as `"ECONNRESET"`, or a few words. */
  readonly reason: string;

  constructor(reason: string, delivery: Delivery, options?: ErrorOptions) {
    super(`closed: ${reason}`, delivery, options);
    this.reason = reason;
  }
}

/** The request's time limit passed. */
export class Timeout extends PushError {
  static {
    this.recogniseAs("Timeout");
  }

  override readonly name = "Timeout";
  readonly code = "ERR_APNS_TIMEOUT";
  /** The limit that passed. Of several, `deadline` comes before `expiration`, and `timeout` comes last. */
  readonly deadlineSource: DeadlineSource;

  constructor(deadlineSource: DeadlineSource, delivery: Delivery, options?: ErrorOptions) {
    super(`the request's ${deadlineSource} has passed`, delivery, options);
    this.deadlineSource = deadlineSource;
  }
}

/** The caller's `AbortSignal` fired; its reason is the `cause`. */
export class Aborted extends PushError {
  static {
    this.recogniseAs("Aborted");
  }

  /** Not the class's name, but the name that Node's own functions use when they are aborted. */
  override readonly name = "AbortError";
  readonly code = "ERR_APNS_ABORTED";

  constructor(delivery: Delivery, cause: unknown) {
    super("the request was aborted", delivery, { cause });
  }
}

/** The server reset this request's stream; the connection stays open. */
export class StreamReset extends PushError {
  static {
    this.recogniseAs("StreamReset");
  }

  override readonly name = "StreamReset";
  readonly code = "ERR_APNS_STREAM_RESET";
  /** The HTTP/2 error code of the RST_STREAM frame (RFC 9113 §7). */
  readonly errorCode: ErrorCode;

  constructor(errorCode: ErrorCode, delivery: Delivery) {
    super(`stream reset by the server: ${errorCodeName(errorCode)}`, delivery);
    this.errorCode = errorCode;
  }
}

/** The answer's headers or body are over a bound of this end. */
export class ResponseTooLarge extends PushError {
  static {
    this.recogniseAs("ResponseTooLarge");
  }

  override readonly name = "ResponseTooLarge";
  readonly code = "ERR_APNS_RESPONSE_TOO_LARGE";

  constructor(message: string) {
    super(message, "unknown");
  }
}

/** The answer is not valid HTTP/2, or its body is not the expected JSON. */
export class FormatError extends PushError {
  static {
    this.recogniseAs("FormatError");
  }

  override readonly name = "FormatError";
  readonly code = "ERR_APNS_FORMAT";

  constructor(message: string, options?: ErrorOptions) {
    super(message, "unknown", options);
  }
}

/** Why a connection could not be opened. */
export type ConnectFailure =
  /** The host name could not be resolved. */
  | "dns"
  /** The port is closed, there is no route, or the like. */
  | "unreachable"
  /** Not open within `connectTimeout`. */
  | "timeout"
  /** The server's certificate is not trusted, expired, or for another host. */
  | "untrusted"
  /** The server refused the client certificate. */
  | "client-certificate"
  /** TLS failed in another way, for example no common version. */
  | "tls"
  /** The server does not speak HTTP/2. */
  | "alpn"
  /** The server broke HTTP/2 or closed before its first SETTINGS frame. */
  | "http2"
  /** The `connect` function failed without an error code, or returned no stream. */
  | "connect-hook"
  /** The proxy could not be reached, or refused. */
  | "proxy"
  /** The caller's `signal` fired or `close` was called. */
  | "aborted";

/** A connection could not be opened. */
export class ConnectFailed extends PushError {
  static {
    this.recogniseAs("ConnectFailed");
  }

  override readonly name = "ConnectFailed";
  readonly code = "ERR_APNS_CONNECT";
  /** Why it could not be opened, for programs; `message` explains it for people. */
  readonly failure: ConnectFailure;
  /** The reason that the server gave in a GOAWAY frame, if it did. */
  readonly reason: string | undefined;

  constructor(failure: ConnectFailure, message: string, options?: ErrorOptions & { reason?: string }) {
    super(message, "unsent", options);
    this.failure = failure;
    this.reason = options?.reason;
  }
}

/** The request is invalid, and nothing was sent. `field` names the invalid part. */
export class InvalidRequest extends ApnskitError {
  static {
    this.recogniseAs("InvalidRequest");
  }

  override readonly name = "InvalidRequest";
  /** Stable, as {@link PushError.code}. */
  readonly code = "ERR_APNS_INVALID_REQUEST";
  /** Always `"unsent"`. */
  readonly delivery: Delivery = "unsent";
  /** A header's name, the name of an option, or one of `path`, `headers`, `body` and `request`. */
  readonly field: string;

  constructor(field: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.field = field;
  }
}

/** An option is missing, unknown, of the wrong type or out of range. `option` is its name. */
export class InvalidOption extends ApnskitError {
  static {
    this.recogniseAs("InvalidOption");
  }

  override readonly name = "InvalidOption";
  /** Stable, as {@link PushError.code}. */
  readonly code = "ERR_APNS_INVALID_OPTION";
  /** For example `pingInterval` or, inside another option, `tls.minVersion`. */
  readonly option: string;

  constructor(option: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.option = option;
  }
}
