/**
 * What to do about a rejection, from Apple's retry advice ("Handling notification responses from APNs"), or
 * from common practice if there is none:
 *
 * - `fix-request`, `fix-credentials`: every repetition fails until the fault is corrected;
 * - `drop-token`: this token will not work again for this topic;
 * - `check-environment`: the token is bad, or all tokens are of the other environment. The client turns it
 *   into `drop-token` if APNs has recently accepted something for this topic and environment;
 * - `never`: the sender cannot change anything;
 * - `new-token`: send again with a new provider token, preferably on a new connection;
 * - `same-token-later`: send again with the same provider token, after some time;
 * - `new-connection`: send again at once, on another connection;
 * - `later`: send again after a delay that grows with each repetition.
 */
export type Advice =
  | "fix-request"
  | "fix-credentials"
  | "drop-token"
  | "check-environment"
  | "never"
  | "new-token"
  | "same-token-later"
  | "new-connection"
  | "later";

/** The kind of request that a reason answers. */
export type RequestFamily = "device" | "broadcast";

/** The facts about a reason. */
export interface ReasonInfo {
  /** As APNs sends it. */
  readonly reason: string;
  /** The HTTP status that it comes with. */
  readonly status: number;
  /** `broadcast` includes channel management; empty for a reason that is not in {@link REASONS}. */
  readonly families: readonly RequestFamily[];
  /** In a few words, for people. */
  readonly meaning: string;
  /** The advice; `retryable` and `tokenIsDead` follow from it. */
  readonly advice: Advice;
  /** Whether the same notification may succeed later without a correction by the sender. */
  readonly retryable: boolean;
  /** Whether to stop sending to this device token. */
  readonly tokenIsDead: boolean;
}

const RETRYABLE: ReadonlySet<Advice> = new Set(["new-token", "same-token-later", "new-connection", "later"]);

const DEVICE: readonly RequestFamily[] = ["device"];
const BROADCAST: readonly RequestFamily[] = ["broadcast"];
const BOTH: readonly RequestFamily[] = ["device", "broadcast"];

type Row = readonly [number, string, readonly RequestFamily[], Advice, string];

const ROWS: readonly Row[] = [
  [400, "BadChannelId", BROADCAST, "fix-request", "the channel id is malformed, or never existed"],
  [400, "BadCollapseId", DEVICE, "fix-request", "the collapse id is longer than 64 bytes"],
  [
    400,
    "BadDeviceToken",
    DEVICE,
    "check-environment",
    "the device token is malformed, or belongs to the other environment",
  ],
  [400, "BadExpirationDate", BOTH, "fix-request", "the expiration cannot be used"],
  [400, "BadMessageId", BOTH, "fix-request", "the apns-id is not a UUID"],
  [400, "BadPriority", BOTH, "fix-request", "this priority is not allowed here"],
  [400, "BadRequestParams", BROADCAST, "fix-request", "the request has an unknown attribute"],
  [400, "BadRequestPayload", BROADCAST, "fix-request", "the request is not valid JSON"],
  [400, "BadTopic", DEVICE, "fix-request", "the topic is invalid"],
  [400, "BroadcastFeatureNotEnabled", BROADCAST, "fix-credentials", "the app lacks the broadcast capability"],
  [
    400,
    "CannotCreateChannelConfig",
    BROADCAST,
    "fix-request",
    "the app has as many channels as it may: delete some",
  ],
  [400, "ChannelNotRegistered", BROADCAST, "never", "the channel does not exist any more"],
  [400, "DeviceTokenNotForTopic", DEVICE, "never", "the device token belongs to another app"],
  [400, "DuplicateHeaders", DEVICE, "fix-request", "a header came twice"],
  [400, "IdleTimeout", DEVICE, "new-connection", "the connection was idle for too long"],
  [400, "InvalidPushType", BOTH, "fix-request", "the push type is unknown, or not allowed here"],
  [400, "MissingChannelId", BROADCAST, "fix-request", "the channel id is missing"],
  [
    400,
    "MissingChannelQueueSize",
    BROADCAST,
    "fix-request",
    "the channel's message storage policy is missing or invalid",
  ],
  [400, "MissingDeviceToken", DEVICE, "fix-request", "the path has no device token"],
  [400, "MissingPushType", BROADCAST, "fix-request", "the push type is missing"],
  [400, "MissingTopic", DEVICE, "fix-request", "a topic is needed with these credentials"],
  [400, "PayloadEmpty", BOTH, "fix-request", "the request has no body"],
  [400, "TopicDisallowed", BOTH, "fix-credentials", "these credentials may not push to this topic"],
  [403, "BadCertificate", BOTH, "fix-credentials", "the certificate is invalid"],
  [403, "BadCertificateEnvironment", BOTH, "fix-credentials", "the certificate is for the other environment"],
  [403, "BadEnvironmentKeyInToken", DEVICE, "fix-credentials", "the key is for the other environment"],
  [403, "ExpiredProviderToken", BOTH, "new-token", "the provider token is too old"],
  [403, "Forbidden", DEVICE, "never", "the action is not allowed"],
  [
    403,
    "InvalidProviderToken",
    BOTH,
    "fix-credentials",
    "the provider token cannot be verified: check key, key id and team id",
  ],
  [
    403,
    "MissingProviderToken",
    BOTH,
    "fix-credentials",
    "the request has neither a certificate nor a provider token",
  ],
  [403, "TopicMismatch", BROADCAST, "fix-credentials", "these credentials are for another app"],
  [
    403,
    "UnrelatedKeyIdInToken",
    DEVICE,
    "new-connection",
    "the key is unrelated to that of this connection's first push",
  ],
  [404, "BadPath", BOTH, "fix-request", "the path is wrong"],
  [405, "MethodNotAllowed", BOTH, "fix-request", "the method is wrong"],
  [410, "ExpiredToken", DEVICE, "drop-token", "the device token has expired"],
  [410, "Unregistered", DEVICE, "drop-token", "the device token is not active for the topic any more"],
  [413, "PayloadTooLarge", BOTH, "fix-request", "the payload is too large"],
  [
    429,
    "TooManyProviderTokenUpdates",
    BOTH,
    "same-token-later",
    "the provider token changed more than once in 20 minutes",
  ],
  [429, "TooManyRequests", BOTH, "later", "too many requests in a row for one device, or in all"],
  [500, "InternalServerError", BOTH, "later", "an error inside APNs"],
  [503, "ServiceUnavailable", BOTH, "later", "APNs is not available"],
  [503, "Shutdown", BOTH, "new-connection", "the server is going down"],
];

/** Every documented or observed reason, by the name that APNs sends. */
export const REASONS: ReadonlyMap<string, ReasonInfo> = new Map(
  ROWS.map(([status, reason, families, advice, meaning]) => [
    reason,
    describe(status, reason, families, advice, meaning),
  ]),
);

/** Reasons whose spelling on Apple's pages differs from that of its servers. */
const DOCUMENTED_SPELLINGS: ReadonlyMap<string, string> = new Map([
  ["BadEnvironmentKeyIdInToken", "BadEnvironmentKeyInToken"],
  ["FeatureNotEnabled", "BroadcastFeatureNotEnabled"],
  ["Service Unavailable", "ServiceUnavailable"],
]);

/**
 * The facts about a rejection. A reason that is not in the table, or missing, is judged by its status; it
 * keeps its name.
 */
export function reasonInfo(status: number, reason: string | undefined): ReasonInfo {
  const known = reason === undefined ? undefined : REASONS.get(DOCUMENTED_SPELLINGS.get(reason) ?? reason);
  if (known !== undefined) return known;
  const name = reason ?? `HTTP ${status}`;
  return describe(status, name, [], adviceForStatus(status), "a reason that this version does not know");
}

function adviceForStatus(status: number): Advice {
  if (status === 410) return "drop-token";
  if (status === 429 || status >= 500) return "later";
  return status === 403 ? "fix-credentials" : "fix-request";
}

function describe(
  status: number,
  reason: string,
  families: readonly RequestFamily[],
  advice: Advice,
  meaning: string,
): ReasonInfo {
  const tokenIsDead = advice === "drop-token";
  return Object.freeze({
    reason,
    status,
    families,
    meaning,
    advice,
    retryable: RETRYABLE.has(advice),
    tokenIsDead,
  });
}
