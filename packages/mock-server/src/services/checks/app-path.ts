import type { ConnectionCredentials } from "../../credentials/connection-credentials.ts";
import { type Answer, isRefusal, refuse } from "../answer.ts";
import type { Channels } from "../channels.ts";
import type { ApnsRequest, Decision } from "../service.ts";
import { isWellFormed, suffixOf } from "../topics.ts";
import { checkMessageId } from "./message-headers.ts";
import { mayPush } from "./topic.ts";

/**
 * The common checks of broadcast publishing and channel management: the app is in the path, the credentials
 * must be for that app, and the app must have the capability.
 *
 * @param decide is called if all checks pass
 */
export function decideForApp(
  request: ApnsRequest,
  bundleId: string,
  credentials: ConnectionCredentials,
  channels: Channels,
  now: number,
  decide: () => Answer,
): Decision {
  const authorization = credentials.authorize(request.headers.authorization, now);
  if (isRefusal(authorization)) return { answer: authorization, authorized: false };
  const answer = (): Answer => {
    if (!isWellFormed(bundleId)) return refuse("BadPath");
    if (suffixOf(bundleId) !== "") return refuse("TopicDisallowed");
    if (!mayPush(bundleId, authorization, credentials.teamTopics)) return refuse("TopicMismatch");
    if (!channels.isEnabled(bundleId)) return refuse("BroadcastFeatureNotEnabled");
    return checkMessageId(request.headers["apns-request-id"]) ?? decide();
  };
  const decided = answer();
  if (!isRefusal(decided)) credentials.bind(authorization);
  return { answer: decided, authorized: true };
}

/** Apple's pages spell it in three ways. */
export function isLiveActivity(pushType: string): boolean {
  return pushType.toLowerCase() === "liveactivity";
}
