import type { Authorization } from "../../credentials/connection-credentials.ts";
import { type Refusal, refuse } from "../answer.ts";
import type { Reason } from "../reasons.ts";
import { bundleIdOf, isWellFormed, type PushType, suffixOf, TOPIC_SUFFIXES } from "../topics.ts";

export interface TopicRules {
  /**
   * Reason for a suffix that does not fit the push type, or `"accept"`. Apple does not document the answer.
   */
  readonly wrongSuffix: Extract<Reason, "BadTopic" | "TopicDisallowed" | "InvalidPushType"> | "accept";
}

/**
 * Finds the topic of a push.
 *
 * @param teamTopics bundle ids that the team may push to; undefined: all
 * @returns the topic, or a refusal
 */
export function checkTopic(
  header: string | undefined,
  pushType: PushType | undefined,
  authorization: Authorization,
  teamTopics: ReadonlySet<string> | undefined,
  rules: TopicRules,
): string | Refusal {
  const topic = header ?? soleTopic(authorization);
  if (topic === undefined) return refuse("MissingTopic");
  if (!isWellFormed(topic)) return refuse("BadTopic");
  if (
    pushType !== undefined &&
    rules.wrongSuffix !== "accept" &&
    suffixOf(topic) !== TOPIC_SUFFIXES[pushType]
  ) {
    return refuse(rules.wrongSuffix);
  }
  return mayPush(topic, authorization, teamTopics) ? topic : refuse("TopicDisallowed");
}

/** With a certificate for one topic, the header is unnecessary. */
function soleTopic(authorization: Authorization): string | undefined {
  if (authorization.kind !== "certificate" || authorization.certificate.topics.size > 1) return undefined;
  const [topic] = authorization.certificate.topics;
  return topic;
}

/** Whether these credentials allow this topic. */
export function mayPush(
  topic: string,
  authorization: Authorization,
  teamTopics: ReadonlySet<string> | undefined,
): boolean {
  if (authorization.kind === "certificate") return authorization.certificate.topics.has(topic);
  if (authorization.kind === "anything") return true;
  const { topics } = authorization.token.key;
  if (teamTopics === undefined && topics === undefined) return true;
  const bundleId = bundleIdOf(topic);
  return (teamTopics?.has(bundleId) ?? true) && (topics?.has(bundleId) ?? true);
}
