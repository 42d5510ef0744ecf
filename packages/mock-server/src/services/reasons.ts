/** Status of every reason for device pushes ("Handling notification responses from APNs"), as on the wire. */
export const DEVICE_REASONS = {
  /** `apns-collapse-id` has more than 64 bytes. */
  BadCollapseId: 400,
  /** The device token is malformed, or was made for the other environment. */
  BadDeviceToken: 400,
  /** `apns-expiration` is invalid; for broadcasts also: it is absent, or the channel stores nothing. */
  BadExpirationDate: 400,
  /** `apns-id` (for broadcasts and channels `apns-request-id`) is not a UUID. */
  BadMessageId: 400,
  /** `apns-priority` has a value that is not allowed. */
  BadPriority: 400,
  /** `apns-topic` is not valid. */
  BadTopic: 400,
  /** The device token belongs to another app. */
  DeviceTokenNotForTopic: 400,
  /** A header occurs twice. */
  DuplicateHeaders: 400,
  /** The connection was idle for too long; seen on GOAWAY. */
  IdleTimeout: 400,
  /** `apns-push-type` is unknown, or not allowed here. */
  InvalidPushType: 400,
  /** The path has no device token. */
  MissingDeviceToken: 400,
  /** `apns-topic` is absent, and the credentials do not imply a single topic. */
  MissingTopic: 400,
  /** The body is empty. */
  PayloadEmpty: 400,
  /** These credentials may not push to this topic. */
  TopicDisallowed: 400,
  /** The client certificate is not valid. */
  BadCertificate: 403,
  /** The client certificate is for the other environment. */
  BadCertificateEnvironment: 403,
  /** The provider token is more than an hour old. */
  ExpiredProviderToken: 403,
  /** The action is not allowed. */
  Forbidden: 403,
  /** The provider token cannot be verified, or its claims are wrong. */
  InvalidProviderToken: 403,
  /** There is neither an `authorization` header nor a client certificate. */
  MissingProviderToken: 403,
  /** The token's key is unrelated to that of the connection's first push. */
  UnrelatedKeyIdInToken: 403,
  /** The token's key is for the other environment. Documented as `BadEnvironmentKeyIdInToken`. */
  BadEnvironmentKeyInToken: 403,
  /** The path does not exist. */
  BadPath: 404,
  /** The path does not support this method. */
  MethodNotAllowed: 405,
  /** The device token has expired. */
  ExpiredToken: 410,
  /** The device token is no longer active for the topic. */
  Unregistered: 410,
  /** The body is over 4,096 bytes; for `voip` and broadcasts over 5,120. */
  PayloadTooLarge: 413,
  /** The provider token was changed more often than once in 20 minutes. */
  TooManyProviderTokenUpdates: 429,
  /** Too many requests in a row went to one device token. */
  TooManyRequests: 429,
  /** The server has an internal error. */
  InternalServerError: 500,
  /** The service is currently unavailable. */
  ServiceUnavailable: 503,
  /** The server is about to stop; also on GOAWAY. */
  Shutdown: 503,
} as const satisfies Record<string, number>;

/** Reasons of broadcast publishing and channel management only ("Handling error responses from APNs"). */
export const CHANNEL_REASONS = {
  /** The app lacks the broadcast capability. Documented as `FeatureNotEnabled`. */
  BroadcastFeatureNotEnabled: 400,
  /** `apns-channel-id` is absent. */
  MissingChannelId: 400,
  /** `apns-channel-id` is malformed; as observed, also if it was never issued. */
  BadChannelId: 400,
  /** There is no such channel; as observed, the answer for a deleted one. */
  ChannelNotRegistered: 400,
  /** The JSON has an unknown attribute. */
  BadRequestParams: 400,
  /** The body is not JSON. */
  BadRequestPayload: 400,
  /** `apns-push-type` is absent. */
  MissingPushType: 400,
  /** The app has reached its limit of channels. */
  CannotCreateChannelConfig: 400,
  /** Not documented; as observed: `message-storage-policy` is absent or not valid. */
  MissingChannelQueueSize: 400,
  /** These credentials are not for this app. */
  TopicMismatch: 403,
} as const satisfies Record<string, number>;

/** Any reason of this server, in the wire spelling. */
export type Reason = keyof typeof DEVICE_REASONS | keyof typeof CHANNEL_REASONS;

const STATUS: Readonly<Record<string, number>> = { ...DEVICE_REASONS, ...CHANNEL_REASONS };

/** All reasons. */
export const REASONS = Object.keys(STATUS) as Reason[];

/** Two reasons whose spelling on Apple's pages differs from that of its servers. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  BadEnvironmentKeyInToken: "BadEnvironmentKeyIdInToken",
  BroadcastFeatureNotEnabled: "FeatureNotEnabled",
};

/** `"wire"`: as Apple's servers send them; `"documented"`: as its pages spell them. Two reasons differ. */
export type Spelling = "wire" | "documented";

export function isReason(text: string): text is Reason {
  return Object.hasOwn(STATUS, text);
}

/** Whether an answer may have this reason, in either spelling. */
export function isSpelledReason(text: string): boolean {
  return isReason(text) || Object.values(DOCUMENTED).includes(text);
}

export function statusOf(reason: Reason): number {
  return STATUS[reason]!;
}

export function spell(reason: string, spelling: Spelling): string {
  return spelling === "documented" ? (DOCUMENTED[reason] ?? reason) : reason;
}
