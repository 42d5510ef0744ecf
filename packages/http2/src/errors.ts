import { type ErrorCode, errorCodeName } from "./error-codes.ts";

const kinds = new WeakMap<object, symbol>();

/**
 * The root of all errors of this project. `code` is stable, for programs; `message` is for people and may change.
 *
 * `instanceof` also recognises an error of another copy of this library in the same process: of another version, or the
 * CommonJS build beside the ES module.
 */
export abstract class ApnskitError extends Error {
  static {
    this.recogniseAs("ApnskitError");
  }

  /**
   * @internal An unregistered class, such as a subclass in an application, uses the ordinary `instanceof`.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const kind = kinds.get(this);
    if (kind === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
    if (typeof value !== "object" || value === null) return false;
    try {
      return kind in value;
    } catch {
      // The value is a proxy whose trap throws.
      return false;
    }
  }

  /**
   * @internal Registers the class under a name that is the same in every copy and version, minified or not.
   */
  protected static recogniseAs(name: string): void {
    const kind = Symbol.for(`apnskit.error.${name}`);
    kinds.set(this, kind);
    Object.defineProperty(this.prototype, kind, { value: true });
  }

  /** `ERR_APNS_…` or, in the HTTP/2 core, `ERR_HTTP2_…`: the same in every copy and version of a package. */
  abstract readonly code: string;
}

/**
 * The peer broke a rule that the whole connection depends on (RFC 9113 §5.4.1). The session has queued a GOAWAY
 * frame with {@link ProtocolError.errorCode} and accepts no more input.
 */
export class ProtocolError extends ApnskitError {
  static {
    this.recogniseAs("ProtocolError");
  }

  override readonly name = "ProtocolError";
  /** Stable. {@link ProtocolError.errorCode} tells the kind of the violation, `message` names the rule. */
  readonly code = "ERR_HTTP2_PROTOCOL";
  /** The HTTP/2 error code that this end reports to the peer. */
  readonly errorCode: ErrorCode;

  constructor(errorCode: ErrorCode, message: string) {
    super(`${message} (${errorCodeName(errorCode)})`);
    this.errorCode = errorCode;
  }
}

/** The session cannot open a stream now. Nothing changed. Ask `freeStreams` before `request`. */
export class NoFreeStream extends ApnskitError {
  static {
    this.recogniseAs("NoFreeStream");
  }

  override readonly name = "NoFreeStream";
  /** Stable. */
  readonly code = "ERR_HTTP2_NO_FREE_STREAM";

  constructor() {
    super("no stream is free: wait until `freeStreams` is above 0, or use another session");
  }
}

/** The header section of a request is over the limit of the peer or of this end. Nothing changed. */
export class HeaderListTooLarge extends ApnskitError {
  static {
    this.recogniseAs("HeaderListTooLarge");
  }

  override readonly name = "HeaderListTooLarge";
  /** Stable. */
  readonly code = "ERR_HTTP2_HEADER_LIST_TOO_LARGE";
  /** Octets of the request's header list: names, values, and 32 for each field (RFC 9113 §6.5.2). */
  readonly size: number;
  /** Octets that are allowed: {@link ClientSession.maxRequestHeaderListSize} at the time of the call. */
  readonly limit: number;

  constructor(size: number, limit: number) {
    super(`the header list has ${size} octets, allowed are ${limit}: shorten the path or the header fields`);
    this.size = size;
    this.limit = limit;
  }
}

/** An option of the session is out of its range. */
export class SessionOptionError extends ApnskitError {
  static {
    this.recogniseAs("SessionOptionError");
  }

  override readonly name = "SessionOptionError";
  /** Stable. */
  readonly code = "ERR_HTTP2_OPTION";
  /** The name of the option. */
  readonly option: string;

  constructor(option: string, message: string) {
    super(`${option} ${message}`);
    this.option = option;
  }
}
