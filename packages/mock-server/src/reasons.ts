/** Status of every reason for device pushes ("Handling notification responses from APNs"), in the spelling of the wire. */
export const DEVICE_REASONS = {
  BadCollapseId: 400,
  BadDeviceToken: 400,
  BadExpirationDate: 400,
  BadMessageId: 400,
  BadPriority: 400,
  BadTopic: 400,
  DeviceTokenNotForTopic: 400,
  DuplicateHeaders: 400,
  IdleTimeout: 400,
  InvalidPushType: 400,
  MissingDeviceToken: 400,
  MissingTopic: 400,
  PayloadEmpty: 400,
  TopicDisallowed: 400,
  BadCertificate: 403,
  BadCertificateEnvironment: 403,
  ExpiredProviderToken: 403,
  Forbidden: 403,
  InvalidProviderToken: 403,
  MissingProviderToken: 403,
  UnrelatedKeyIdInToken: 403,
  BadEnvironmentKeyInToken: 403,
  BadPath: 404,
  MethodNotAllowed: 405,
  ExpiredToken: 410,
  Unregistered: 410,
  PayloadTooLarge: 413,
  TooManyProviderTokenUpdates: 429,
  TooManyRequests: 429,
  InternalServerError: 500,
  ServiceUnavailable: 503,
  Shutdown: 503,
} as const satisfies Record<string, number>;

/** Those that only broadcast publishing and channel management have ("Handling error responses from APNs"). */
export const CHANNEL_REASONS = {
  BroadcastFeatureNotEnabled: 400,
  MissingChannelId: 400,
  BadChannelId: 400,
  ChannelNotRegistered: 400,
  BadRequestParams: 400,
  BadRequestPayload: 400,
  MissingPushType: 400,
  CannotCreateChannelConfig: 400,
  MissingChannelQueueSize: 400,
  TopicMismatch: 403,
} as const satisfies Record<string, number>;

export type Reason = keyof typeof DEVICE_REASONS | keyof typeof CHANNEL_REASONS;

const STATUS: Readonly<Record<string, number>> = { ...DEVICE_REASONS, ...CHANNEL_REASONS };

/** Apple's pages spell two reasons otherwise than its servers do. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  BadEnvironmentKeyInToken: "BadEnvironmentKeyIdInToken",
  BroadcastFeatureNotEnabled: "FeatureNotEnabled",
};

export type Spelling = "wire" | "documented";

export function isReason(text: string): text is Reason {
  return Object.hasOwn(STATUS, text);
}

export function statusOf(reason: Reason): number {
  return STATUS[reason]!;
}

export function spell(reason: string, spelling: Spelling): string {
  return spelling === "documented" ? (DOCUMENTED[reason] ?? reason) : reason;
}
