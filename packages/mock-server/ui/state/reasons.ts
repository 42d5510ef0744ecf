import type { Reason } from "../../src/services/reasons.ts";

/** What a refusal means for the one who sends. */
export type Consequence = "correct" | "drop the device" | "try again" | "new connection" | "leave it";

export interface ReasonText {
  /** The rule that the request broke. */
  readonly rule: string;
  /** What to do about it. */
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
    "A device token is a whole number of bytes in hexadecimal, and is good in one environment only.",
    "Check the token, and whether it is of this environment: Xcode installs give sandbox tokens, TestFlight and the App Store production ones.",
  ),
  BadExpirationDate: text(
    "`apns-expiration` is a time in whole seconds since 1970, or 0.",
    "Send seconds. Milliseconds are too large by a factor of 1,000. A broadcast must have the header, and 0 if its channel stores nothing.",
  ),
  BadMessageId: text(
    "`apns-id` is a UUID: 8-4-4-4-12 hexadecimal digits.",
    "Send a UUID, or none: APNs then makes one.",
  ),
  BadPriority: text(
    "`apns-priority` is 10, 5 or 1; a background push must not have 10.",
    "Send 10 for what a person should see at once, 5 for a background push.",
  ),
  BadTopic: text(
    "The topic is the bundle id, with the suffix that belongs to the push type.",
    "Check the bundle id and its suffix, e.g. `.voip` or `.push-type.liveactivity`.",
  ),
  DeviceTokenNotForTopic: text(
    "A device token belongs to the app that registered it.",
    "Send to this token with the bundle id of its app.",
    "leave it",
  ),
  DuplicateHeaders: text("Each header comes once.", "Find where the client adds the header a second time."),
  IdleTimeout: text("The connection was idle for too long.", "Open another connection.", "new connection"),
  InvalidPushType: text(
    "`apns-push-type` is a type that Apple documents, and fits the request.",
    "Check its spelling. A broadcast takes liveactivity only.",
  ),
  MissingDeviceToken: text("The path is /3/device/ and the device token.", "Put the token into the path."),
  MissingTopic: text(
    "`apns-topic` is needed with a provider token, and with a certificate for several topics.",
    "Send the app's bundle id.",
  ),
  PayloadEmpty: text("A request has a body.", "Send a payload; an empty one is `{}`."),
  TopicDisallowed: text(
    "The credentials may push to the apps of their team, or to those that they are limited to.",
    "Use the key of the app's team. The mock server knows the topics that it was started with (`topics`, `--topic`).",
  ),
  BadCertificate: text(
    "The client certificate is issued by this server's authority, in time, and has a topic.",
    "Make a new certificate.",
  ),
  BadCertificateEnvironment: text(
    "A certificate is for one environment or for both.",
    "Use the certificate of this environment.",
  ),
  ExpiredProviderToken: text(
    "A provider token is valid for an hour from its `iat`.",
    "Make a new token, best on a new connection. If the token is new, the clock is wrong.",
    "try again",
  ),
  Forbidden: text("The action is not allowed.", "Check the app's capabilities.", "leave it"),
  InvalidProviderToken: text(
    "A provider token is a JWT, signed with ES256 by a key that is registered; `kid` and `iss` are its ids.",
    "Check that key, key id and team id belong together, and that the header says `bearer` and the token.",
  ),
  MissingProviderToken: text(
    "A request shows a provider token, or its connection a client certificate.",
    "Send `authorization: bearer` and a provider token.",
  ),
  UnrelatedKeyIdInToken: text(
    "All tokens of a connection are of the key of its first accepted push, or of a related one.",
    "Use another connection for the other key.",
    "new connection",
  ),
  BadEnvironmentKeyInToken: text(
    "A key may be limited to one environment.",
    "Use a key of this environment, or of both.",
  ),
  BadPath: text("The path is /3/device/ and a token, or the one of a broadcast.", "Check the path."),
  MethodNotAllowed: text("A push is a POST.", "Send POST."),
  ExpiredToken: text(
    "The device token has expired.",
    "Stop sending to it, unless the app registered it again after the answer's timestamp.",
    "drop the device",
  ),
  Unregistered: text(
    "The device token is not active for the topic: the app was removed, or takes no notifications.",
    "Stop sending to it, unless the app registered it again after the answer's timestamp.",
    "drop the device",
  ),
  PayloadTooLarge: text(
    "A payload has at most 4,096 bytes; with `voip` and in broadcasts 5,120.",
    "Shorten it. Long data belongs on a server from which the app fetches it.",
  ),
  TooManyProviderTokenUpdates: text(
    "A connection takes a new provider token at most once in 20 minutes.",
    "Keep a token for 20 to 60 minutes and share it; go on with the token of before.",
    "try again",
  ),
  TooManyRequests: text(
    "A device takes only so many pushes in a row.",
    "Send later, and less often.",
    "try again",
  ),
  InternalServerError: text(
    "The server got into trouble.",
    "Send again later, with growing pauses.",
    "try again",
  ),
  ServiceUnavailable: text(
    "The service is not there at the moment.",
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
    "Send the id that the creation of the channel gave.",
  ),
  ChannelNotRegistered: text("The channel exists.", "Create another one: this was deleted.", "leave it"),
  BadRequestParams: text("The JSON has only attributes that Apple documents.", "Take the others out."),
  BadRequestPayload: text("The body is JSON.", "Send JSON."),
  MissingPushType: text("`apns-push-type` is needed here.", "Send liveactivity."),
  CannotCreateChannelConfig: text("An app has at most 10,000 channels.", "Delete some first."),
  MissingChannelQueueSize: text(
    "`message-storage-policy` is 0 or 1.",
    "Send 0 to store nothing, or 1 to store the newest message.",
  ),
  TopicMismatch: text(
    "The credentials are those of the app in the path.",
    "Use the credentials of that app's team.",
  ),
};

const SPELLED: Readonly<Record<string, Reason>> = {
  BadEnvironmentKeyIdInToken: "BadEnvironmentKeyInToken",
  FeatureNotEnabled: "BroadcastFeatureNotEnabled",
};

/** The text of a reason in either spelling; undefined for one that is not known. */
export function reasonText(reason: string): ReasonText | undefined {
  const name = Object.hasOwn(SPELLED, reason) ? SPELLED[reason]! : reason;
  return Object.hasOwn(REASON_TEXTS, name) ? REASON_TEXTS[name as Reason] : undefined;
}

function text(rule: string, remedy: string, consequence: Consequence = "correct"): ReasonText {
  return { rule, remedy, consequence };
}
