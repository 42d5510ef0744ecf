import { Response } from "@apnskit/pool";
import { InvalidNotification } from "../errors.ts";
import { broadcastHeaders } from "../notifications/broadcast-headers.ts";
import type { Notification } from "../notifications/notification.ts";
import { checkTopic } from "../notifications/topic.ts";
import { type AcceptedOutcome, type Answer, outcomeOfAnswer, outcomeOfError } from "../outcome.ts";
import { PUSH_TYPES } from "../push-types.ts";
import { Rejected } from "../rejected.ts";
import type { Courier } from "./courier.ts";
import { notificationId } from "./notification-id.ts";
import { checkLimits, type RequestLimits, RequestTemplate } from "./request-template.ts";

/**
 * The bundle identifier for paths: a topic without the suffix of Live Activities.
 *
 * @throws InvalidNotification when there is no topic
 */
export function bundleIdOf(topic: string | undefined): string {
  if (topic === undefined) {
    throw new InvalidNotification("topic", "missing", "neither the notification nor the client has one");
  }
  const { topicSuffix } = PUSH_TYPES.liveactivity;
  const checked = checkTopic(topic);
  return encodeURIComponent(checked.endsWith(topicSuffix) ? checked.slice(0, -topicSuffix.length) : checked);
}

/** The answer of a service that calls a notification's id `apns-request-id`. */
export function answerOf(response: Response): Answer {
  const { status, apnsUniqueId, reason, timestamp } = response;
  return { status, apnsId: response.header("apns-request-id"), apnsUniqueId, reason, timestamp };
}

/**
 * Publishes to a channel ("Sending broadcast push notification requests to APNs").
 *
 * @throws InvalidNotification, Rejected, and the errors of the engine
 */
export async function broadcast(
  courier: Courier,
  topic: string | undefined,
  channelId: string,
  notification: Notification,
  limits: RequestLimits,
  signal: AbortSignal | undefined,
): Promise<AcceptedOutcome> {
  const headers = broadcastHeaders(notification, channelId);
  const bundleId = bundleIdOf(notification.topic ?? topic);
  const id = notification.id ?? notificationId();
  const own = notification.id === undefined ? { "apns-request-id": id } : undefined;
  const template = new RequestTemplate(headers, notification.content, checkLimits(limits));
  const path = `/4/broadcasts/apps/${bundleId}`;
  const { end, life, duration, refusal } = await courier.request("broadcast", template, path, own, signal);
  const { attempts, idempotent, maybeDelivered } = life;
  const expired = template.hasExpired(courier.clock.epoch());
  const submission = { apnsId: id, attempts, duration, idempotent, maybeDelivered, expired };
  if (!(end instanceof Response)) {
    courier.record(outcomeOfError(end, submission), bundleId);
    throw end;
  }
  const outcome = outcomeOfAnswer(answerOf(end), submission, { hint: refusal?.message });
  courier.record(outcome, bundleId);
  if (outcome.result === "accepted") return outcome;
  throw new Rejected(outcome, refusal && { cause: refusal });
}
