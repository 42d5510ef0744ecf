import { type KnownPushType, PUSH_TYPES } from "../push-types.ts";

/**
 * The push types that a certificate may send to a topic. The topic's suffix tells, or its prefix if it
 * belongs to no app ("Sending notification requests to APNs").
 */
export function pushTypesOfTopic(topic: string): KnownPushType[] {
  if (topic.startsWith("com.apple.mgmt.")) return ["mdm"];
  if (topic.startsWith("pass.")) return ["background"];
  if (topic.startsWith("web.")) return ["alert"];
  for (const [pushType, { topicSuffix, tokenOnly }] of Object.entries(PUSH_TYPES)) {
    if (topicSuffix !== "" && topic.endsWith(topicSuffix))
      return tokenOnly ? [] : [pushType as KnownPushType];
  }
  return ["alert", "background"];
}
