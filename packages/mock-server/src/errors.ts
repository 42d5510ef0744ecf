/** The stable codes of this package's errors. */
export type MockApnsErrorCode =
  | "ERR_APNS_MOCK_INVALID_INPUT"
  | "ERR_APNS_MOCK_INVALID_CREDENTIALS"
  | "ERR_APNS_MOCK_CERT_DIR"
  | "ERR_APNS_MOCK_LISTEN"
  | "ERR_APNS_MOCK_NOT_RECEIVED"
  | "ERR_APNS_MOCK_PACKAGE_REFUSED"
  | "ERR_APNS_MOCK_CLOSED";

/**
 * The root of all errors that this package throws. It has the shape of apnskit's `ApnskitError`, but is a
 * separate class, since the mock server shares no code with the clients that it tests.
 */
export abstract class MockApnsError extends Error {
  /** Stable, for programs; `message` is for people. */
  abstract readonly code: MockApnsErrorCode;
}

/** An invalid option, fault, latency, query or device change. Nothing was changed. */
export class InvalidMockInput extends MockApnsError {
  override readonly name = "InvalidMockInput";
  readonly code = "ERR_APNS_MOCK_INVALID_INPUT";
  /** The invalid field, e.g. `"share"` or `"latency.min"`; undefined if the value as a whole is invalid. */
  readonly field: string | undefined;

  constructor(message: string, field?: string, options?: ErrorOptions) {
    super(message, options);
    this.field = field;
  }
}

/** An unreadable certificate, authority or provider key. The message never quotes it. */
export class InvalidMockCredentials extends MockApnsError {
  override readonly name = "InvalidMockCredentials";
  readonly code = "ERR_APNS_MOCK_INVALID_CREDENTIALS";
}

/** A directory for credentials that is unusable in its present state. Nothing in it was overwritten. */
export class CertificateDirectoryError extends MockApnsError {
  override readonly name = "CertificateDirectoryError";
  readonly code = "ERR_APNS_MOCK_CERT_DIR";
  /** The file or directory that causes the error. */
  readonly path: string;

  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** A port or address on which the server cannot listen; `cause` is the system's error. */
export class MockListenError extends MockApnsError {
  override readonly name = "MockListenError";
  readonly code = "ERR_APNS_MOCK_LISTEN";

  constructor(what: string, host: string, port: number, cause: unknown) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    super(`${what} cannot listen at ${host} port ${port}: ${reason}`, { cause });
  }
}

/** The requests that a caller waited for did not arrive in time. */
export class NotReceived extends MockApnsError {
  override readonly name = "NotReceived";
  readonly code = "ERR_APNS_MOCK_NOT_RECEIVED";
}

/** A pass or an order that Wallet would refuse. The message says why, where Wallet gives no reason. */
export class PackageRefused extends MockApnsError {
  override readonly name = "PackageRefused";
  readonly code = "ERR_APNS_MOCK_PACKAGE_REFUSED";
}

/** The server was closed while a caller waited for requests. */
export class MockApnsClosed extends MockApnsError {
  override readonly name = "MockApnsClosed";
  readonly code = "ERR_APNS_MOCK_CLOSED";

  constructor() {
    super("The mock server was closed");
  }
}
