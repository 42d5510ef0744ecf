import { ApnskitError } from "@apnskit/pool";

export { ApnskitError };

/** The fault of a key, a certificate, or their options. */
export type CredentialsErrorCode =
  | "ERR_APNS_CREDENTIALS_MISSING"
  | "ERR_APNS_CREDENTIALS_AMBIGUOUS"
  | "ERR_APNS_CREDENTIALS_BUSY"
  | "ERR_APNS_KEY_UNREADABLE"
  | "ERR_APNS_KEY_WRONG_TYPE"
  | "ERR_APNS_KEY_ID_INVALID"
  | "ERR_APNS_TEAM_ID_INVALID"
  | "ERR_APNS_PASSPHRASE_WRONG"
  | "ERR_APNS_CERTIFICATE_UNREADABLE"
  | "ERR_APNS_CERTIFICATE_KEY_MISMATCH"
  | "ERR_APNS_CERTIFICATE_EXPIRED"
  | "ERR_APNS_CERTIFICATE_NOT_YET_VALID"
  | "ERR_APNS_CERTIFICATE_PURPOSE"
  | "ERR_APNS_CERTIFICATE_ENVIRONMENT"
  | "ERR_APNS_CERTIFICATE_IDENTIFIER"
  | "ERR_APNS_CERTIFICATE_ISSUER"
  | "ERR_APNS_CERTIFICATE_TEAM"
  | "ERR_APNS_CERTIFICATE_TOPIC"
  | "ERR_APNS_CERTIFICATE_PUSH_TYPE";

/** A key or certificate that cannot work. The message never contains key material or a passphrase. */
export class InvalidCredentials extends ApnskitError {
  static {
    this.recogniseAs("InvalidCredentials");
  }

  override readonly name = "InvalidCredentials";
  readonly code: CredentialsErrorCode;
  /** Always `unsent`: nothing was sent. */
  readonly delivery = "unsent";

  constructor(code: CredentialsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** APNs called a provider token expired that was just renewed for the same reason. */
export class ProviderTokenRejected extends ApnskitError {
  static {
    this.recogniseAs("ProviderTokenRejected");
  }

  override readonly name = "ProviderTokenRejected";
  readonly code = "ERR_APNS_PROVIDER_TOKEN_REJECTED";
  /**
   * Milliseconds by which this machine's clock is ahead of the server's (negative: behind); `undefined` when the answer
   * had no `date` header.
   */
  readonly clockSkew: number | undefined;

  constructor(message: string, clockSkew?: number) {
    super(message);
    this.clockSkew = clockSkew;
  }
}

/** Why a notification was refused before sending. */
export type NotificationProblem = "missing" | "invalid" | "conflict" | "too-large";

/** A notification that APNs or the device could not accept. The message never contains its content. */
export class InvalidNotification extends ApnskitError {
  static {
    this.recogniseAs("InvalidNotification");
  }

  override readonly name = "InvalidNotification";
  readonly code = "ERR_APNS_INVALID_NOTIFICATION";
  /** Always `unsent`: nothing was sent. */
  readonly delivery = "unsent";
  /** The invalid option, as the caller spells it; `payload` for the payload as a whole. */
  readonly field: string;
  /** Whether `field` is absent, invalid, in conflict with another, or too large. */
  readonly problem: NotificationProblem;

  constructor(field: string, problem: NotificationProblem, message: string, options?: ErrorOptions) {
    super(`${field}: ${message}`, options);
    this.field = field;
    this.problem = problem;
  }
}

/** A device token that is neither hexadecimal text nor bytes. The message never contains the token. */
export class InvalidDeviceToken extends ApnskitError {
  static {
    this.recogniseAs("InvalidDeviceToken");
  }

  override readonly name = "InvalidDeviceToken";
  readonly code = "ERR_APNS_INVALID_DEVICE_TOKEN";
  /** Always `unsent`: nothing was sent. */
  readonly delivery = "unsent";
}
