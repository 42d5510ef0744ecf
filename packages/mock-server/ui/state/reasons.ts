import type { Reason } from "../../src/services/reasons.ts";

/** The consequence of a refusal for the sender. */
export type Consequence = "correct" | "drop the device" | "try again" | "new connection" | "leave it";

export interface ReasonText {
  /** The rule that the request broke. */
  readonly rule: string;
  /** The remedy for the sender. */
  readonly remedy: string;
  readonly consequence: Consequence;
}

/** The rule and the remedy of each reason that the mock server can give. */
export const REASON_TEXTS: Readonly<Record<Reason, ReasonText>> = {
  BadCollapseId: text(
    "`apns-collapse-id` has at most 64 bytes of UTF-8.",
    "Shorten it, or send a digest of it.",
  ),
  BadDeviceToken: text(
    "A device token is a whole number of bytes in hexadecimal, and is valid in one environment only.",
    "Check the token and its environment: installs by Xcode give sandbox tokens, TestFlight and the App Store give production tokens.",
  ),
  BadExpirationDate: text(
    "`apns-expiration` is a time in whole seconds since 1970, or 0.",
    "Send seconds. Milliseconds are too large by a factor of 1,000. A broadcast needs the header, with 0 if its channel stores nothing.",
  ),
  BadMessageId: text(
    "`apns-id` is a UUID: 8-4-4-4-12 hexadecimal digits.",
    "Send a UUID, or leave the header out: APNs then creates an id.",
  ),
  BadPriority: text(
    "`apns-priority` is 10, 5 or 1; a background push must not have 10.",
    "Send 10 for a notification to show at once, 5 for a background push.",
  ),
  BadTopic: text(
    "The topic is the bundle id, with the suffix of the push type.",
    "Check the bundle id and its suffix, e.g. `.voip` or `.push-type.liveactivity`.",
  ),
  DeviceTokenNotForTopic: text(
    "A device token belongs to the app that registered it.",
    "Send to this token with the bundle id of its app.",
    "leave it",
  ),
  DuplicateHeaders: text("Each header occurs once.", "Find where the client adds the header a second time."),
  IdleTimeout: text("The connection was idle for too long.", "Open another connection.", "new connection"),
  InvalidPushType: text(
    "`apns-push-type` is a type that Apple documents, and fits the request.",
    "Check its spelling. A broadcast takes liveactivity only.",
  ),
  MissingDeviceToken: text("The path is /3/device/ and the device token.", "Put the token into the path."),
  MissingTopic: text(
    "Requests need `apns-topic` with a provider token, and with a certificate for several topics.",
    "Send the app's bundle id.",
  ),
  PayloadEmpty: text("A request has a body.", "Send a payload; the empty payload is `{}`."),
  TopicDisallowed: text(
    "The credentials may push to the apps of their team, or to fewer apps if they are restricted.",
    "Use the key of the app's team. The mock server knows the topics from its options (`topics`, `--topic`).",
  ),
  BadCertificate: text(
    "The client certificate is issued by this server's authority, currently valid, and has a topic.",
    "Make a new certificate.",
  ),
  BadCertificateEnvironment: text(
    "A certificate is valid for one environment or for both.",
    "Use the certificate of this environment.",
  ),
  ExpiredProviderToken: text(
    "A provider token is valid for an hour from its `iat`.",
    "Make a new token, preferably on a new connection. If the token is new, the clock is wrong.",
    "try again",
  ),
  Forbidden: text("The action is not allowed.", "Check the app's capabilities.", "leave it"),
  InvalidProviderToken: text(
    "A provider token is a JWT, signed with ES256 by a registered key. `kid` is the key id and `iss` the team id.",
    "Check that key, key id and team id belong together, and that the header is `bearer` and the token.",
  ),
  MissingProviderToken: text(
    "A request has a provider token, or its connection has a client certificate.",
    "Send `authorization: bearer` and a provider token.",
  ),
  UnrelatedKeyIdInToken: text(
    "All tokens of a connection are signed with the key of its first accepted push, or with a related key.",
    "Use another connection for the other key.",
    "new connection",
  ),
  BadEnvironmentKeyInToken: text(
    "A key may be restricted to one environment.",
    "Use a key for this environment, or for both.",
  ),
  BadPath: text("The path is /3/device/ and a token, or the path of a broadcast.", "Check the path."),
  MethodNotAllowed: text("A push is a POST.", "Send POST."),
  ExpiredToken: text(
    "The device token has expired.",
    "Stop sending to it, unless the app registered it again after the answer's timestamp.",
    "drop the device",
  ),
  Unregistered: text(
    "The device token is not active for the topic: the user removed the app or turned notifications off.",
    "Stop sending to it, unless the app registered it again after the answer's timestamp.",
    "drop the device",
  ),
  PayloadTooLarge: text(
    "A payload has at most 4,096 bytes; VoIP pushes and broadcasts may have 5,120.",
    "Shorten it. Keep long data on a server, and let the app fetch it.",
  ),
  TooManyProviderTokenUpdates: text(
    "A connection takes a new provider token at most once in 20 minutes.",
    "Use each token for 20 to 60 minutes on all connections. Continue with the previous token.",
    "try again",
  ),
  TooManyRequests: text(
    "A device takes a limited number of consecutive pushes.",
    "Send again later, and less often.",
    "try again",
  ),
  InternalServerError: text(
    "The server had an internal error.",
    "Send again later, with growing pauses.",
    "try again",
  ),
  ServiceUnavailable: text(
    "The service is unavailable at the moment.",
    "Send again later, with growing pauses.",
    "try again",
  ),
  Shutdown: text("The server is about to stop.", "Send again on another connection.", "new connection"),
  BroadcastFeatureNotEnabled: text(
    "Broadcasts need a capability of the app.",
    "Switch it on in the app's identifier. The mock server knows the apps of `broadcastApps`.",
  ),
  MissingChannelId: text("`apns-channel-id` names the channel.", "Send it."),
  BadChannelId: text(
    "A channel id is base64, and was issued by APNs.",
    "Send the id from the answer that created the channel.",
  ),
  ChannelNotRegistered: text(
    "The channel exists.",
    "Create another channel: this channel was deleted.",
    "leave it",
  ),
  BadRequestParams: text(
    "The JSON has only attributes that Apple documents.",
    "Remove the other attributes.",
  ),
  BadRequestPayload: text("The body is JSON.", "Send JSON."),
  MissingPushType: text(
    "A broadcast needs `apns-push-type`; a new channel needs `push-type`.",
    "Send liveactivity.",
  ),
  CannotCreateChannelConfig: text("An app has at most 10,000 channels.", "Delete some channels first."),
  MissingChannelQueueSize: text(
    "`message-storage-policy` is 0 or 1.",
    "Send 0 to store nothing, or 1 to store the newest message.",
  ),
  TopicMismatch: text(
    "The credentials belong to the team of the app in the path.",
    "Use the credentials of that app's team.",
  ),
};

const SPELLED: Readonly<Record<string, Reason>> = {
  BadEnvironmentKeyIdInToken: "BadEnvironmentKeyInToken",
  FeatureNotEnabled: "BroadcastFeatureNotEnabled",
};

/** The text of a reason in either spelling; undefined for an unknown reason. */
export function reasonText(reason: string): ReasonText | undefined {
  const name = Object.hasOwn(SPELLED, reason) ? SPELLED[reason]! : reason;
  return Object.hasOwn(REASON_TEXTS, name) ? REASON_TEXTS[name as Reason] : undefined;
}

function text(rule: string, remedy: string, consequence: Consequence = "correct"): ReasonText {
  return { rule, remedy, consequence };
}
