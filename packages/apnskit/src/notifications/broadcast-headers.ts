import { InvalidNotification } from "../errors.ts";
import { checkChannelId } from "./channel-id.ts";
import type { NotificationHeaders } from "./headers.ts";
import type { Notification } from "./notification.ts";
import { requireNotification } from "./require-notification.ts";

/**
 * The headers of a broadcast, without `authorization` ("Sending broadcast push notification requests to
 * APNs"). APNs requires a priority and an expiration: 10 and 0 unless the notification sets others. The topic
 * is in the path.
 *
 * @throws InvalidNotification for anything but an update or end of a Live Activity, and for a channel id that no
 *   header can carry
 */
export function broadcastHeaders(notification: Notification, channelId: string): NotificationHeaders {
  requireNotification(notification, "liveActivityUpdate() or liveActivityEnd()");
  if (notification.pushType !== "liveactivity" || notification.kind === "liveActivityStart") {
    const rule = `is made by ${notification.kind}(); channels take only updates and ends of Live Activities`;
    throw new InvalidNotification("notification", "invalid", rule);
  }
  checkChannelId(channelId);
  const { pushType, priority = 10, expiration = 0, id } = notification;
  return Object.freeze({
    "apns-push-type": pushType,
    "apns-channel-id": channelId,
    "apns-priority": String(priority),
    "apns-expiration": String(expiration),
    ...(id !== undefined && { "apns-request-id": id }),
  });
}
