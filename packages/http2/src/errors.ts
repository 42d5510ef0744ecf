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

  /** @internal A class that was not registered, such as a subclass in an application, has the language's own meaning. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const kind = kinds.get(this);
    if (kind === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && kind in value;
  }

  /** @internal Registers the class under a name that is the same in every copy and version, also of minified code. */
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
 * frame with {@link ProtocolError.errorCode} and takes no more input.
 */
export class ProtocolError extends ApnskitError {
  static {
    this.recogniseAs("ProtocolError");
  }

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
