/**
 * A remedy for each reason of APNs, for people. `apnskit reasons` and `apnskit doctor` share the table; a
 * test compares it with the client's table.
 */
export const REMEDIES: Readonly<Record<string, string>> = {
  BadChannelId: "Use the id that `apnskit channels create` printed, or list the channels.",
  BadCollapseId: "Shorten the collapse id to 64 bytes of UTF-8 at most.",
  BadDeviceToken:
    "Check that the token is of this environment: Xcode installs give sandbox tokens, TestFlight and the App Store give production tokens.",
  BadExpirationDate: "Give the expiration as seconds since 1970, or 0.",
  BadMessageId: "Give the apns-id as a UUID: 8-4-4-4-12 hexadecimal digits, lower case.",
  BadPriority: "Use priority 10, 5 or 1; a background push takes 5 or 1.",
  BadRequestParams: "Send only the attributes that Apple documents for channels.",
  BadRequestPayload: "Send JSON.",
  BadTopic: "Check the bundle identifier, and the suffix that the push type wants, such as .voip.",
  BroadcastFeatureNotEnabled:
    "Switch on the broadcast capability of the app identifier, under Identifiers on Apple's developer site.",
  CannotCreateChannelConfig: "Delete channels that are no longer used: an app has at most 10,000.",
  ChannelNotRegistered: "Create a new channel: this one was deleted.",
  DeviceTokenNotForTopic: "Use the bundle identifier of the app that registered this token.",
  DuplicateHeaders: "Send each header once.",
  IdleTimeout: "Nothing: the client opens another connection.",
  InvalidPushType: "Use a push type that Apple documents, and one that fits the request.",
  MissingChannelId: "Name the channel.",
  MissingChannelQueueSize: "Give the channel's message storage policy: none or newest.",
  MissingDeviceToken: "Put the device token behind /3/device/.",
  MissingPushType: "Send apns-push-type; a channel's is liveactivity.",
  MissingTopic: "Give the app's bundle identifier with --topic.",
  PayloadEmpty: "Send a body; an empty payload is {}.",
  TopicDisallowed:
    "Check that --topic is a bundle identifier of the key's team, and that a key limited to some topics includes it.",
  BadCertificate: "Make a new certificate on Apple's developer site: this one was revoked or is damaged.",
  BadCertificateEnvironment: "Use the certificate of the other environment, or change --target.",
  BadEnvironmentKeyInToken:
    "The key is limited to the other environment: change --target, or make a key for both on Apple's developer site.",
  ExpiredProviderToken:
    "Set this machine's clock: a provider token is valid for one hour from the time in it.",
  Forbidden: "Check the app's capabilities on Apple's developer site.",
  InvalidProviderToken:
    "Check that --key-file, --key-id and --team-id belong together, that the key was not revoked, and this machine's clock.",
  MissingProviderToken: "Give a provider key or a certificate.",
  TopicMismatch: "Use the credentials of the app that owns the channel.",
  UnrelatedKeyIdInToken:
    "Use one key for one connection: another key of the team was used first on it. A new connection helps.",
  BadPath: "Check the path: /3/device/<token> for a push.",
  MethodNotAllowed: "Use POST for a push.",
  ExpiredToken: "Drop this device token: the app has registered another one, or is gone.",
  Unregistered: "Drop this device token: the app was removed, or no longer takes notifications.",
  PayloadTooLarge: "Shorten the payload: 4,096 bytes, 5,120 for VoIP and broadcasts.",
  TooManyProviderTokenUpdates:
    "Keep a provider token for at least 20 minutes, and share it among the processes that use this key.",
  TooManyRequests: "Send less often to this device, then try again.",
  InternalServerError: "Try again later.",
  ServiceUnavailable: "Try again later.",
  Shutdown: "Nothing: the client opens another connection.",
};

/** The remedy for a reason in no table, by its status. */
export function remedyOf(reason: string, status: number): string {
  const known = Object.hasOwn(REMEDIES, reason) ? REMEDIES[reason] : undefined;
  if (known !== undefined) return known;
  if (status === 429 || status >= 500) return "Try again later.";
  return status === 403
    ? "Check the credentials."
    : "Check the request; Apple's page on responses may name the reason.";
}
