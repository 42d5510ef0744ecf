import { bareName } from "./spelling.ts";

const EXPIRATION = "`expiration`: a Date, a duration such as { hours: 1 }, or 0";
const DATA = "`data`";
const TOKEN = "send(token, notification)";
const FUNCTIONS = "the function of that push type, such as background(), or raw({ pushType })";

/**
 * Names in other libraries for options that have another name here: @parse/node-apn, apns2,
 * node-pushnotifications, firebase-admin, aapns, PyAPNs2, Pushy, and Apple's own header names.
 */
const PEERS: Readonly<Record<string, string>> = {
  payload: DATA,
  custom: DATA,
  customData: DATA,
  customPayload: DATA,
  extra: DATA,
  extras: DATA,
  userInfo: DATA,
  rawPayload: "raw({ payload })",
  expiry: EXPIRATION,
  expires: EXPIRATION,
  expirationDate: EXPIRATION,
  timeToLive: EXPIRATION,
  ttl: EXPIRATION,
  apnsExpiration: EXPIRATION,
  pushType: FUNCTIONS,
  apnsPushType: FUNCTIONS,
  type: FUNCTIONS,
  silent: "background()",
  text: "`body`",
  message: "`body`",
  action: "`actionLocKey`, or safariWebsite({ action })",
  threadIdentifier: "`threadId`",
  categoryIdentifier: "`category`",
  clickAction: "`category`",
  targetContentIdentifier: "`targetContentId`",
  summaryArgument: "`summaryArg`",
  summaryArgumentCount: "`summaryArgCount`",
  collapseKey: "`collapseId`",
  collapseIdentifier: "`collapseId`",
  apnsCollapseId: "`collapseId`",
  apnsPriority: "`priority`",
  apnsTopic: "`topic`",
  bundleId: "`topic`",
  apnsId: "`id`",
  requestId: "`id`",
  apnsRequestId: "`id`",
  uuid: "`id`",
  channelId: "broadcast(channelId, notification)",
  apnsChannelId: "broadcast(channelId, notification)",
  token: TOKEN,
  tokens: "sendMany(tokens, notification)",
  deviceToken: TOKEN,
  deviceTokens: "sendMany(tokens, notification)",
  registrationTokens: "sendMany(tokens, notification)",
  notification: "`title` and `body` without a `notification` around them",
  apns: "its keys without an `apns` around them",
  mdm: "mdm({ pushMagic })",
  contentChanged: "widgets() or controls()",
  encoding: "no option: payloads are always UTF-8",
};

const byBareName = new Map(Object.entries(PEERS).map(([name, use]) => [bareName(name), use]));

/** The replacement for an option name of another library; `undefined` for all other names. */
export function insteadOfPeersName(name: string): string | undefined {
  return byBareName.get(bareName(name));
}
