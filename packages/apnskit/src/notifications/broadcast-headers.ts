import { InvalidNotification } from "../errors.ts";
import type { NotificationHeaders } from "./headers.ts";
import type { Notification } from "./notification.ts";

/**
 * The headers of a broadcast, without `authorization` ("Sending broadcast push notification requests to APNs").
 * Priority and expiration are musts there: 10 and 0 unless the notification says otherwise. The topic stands in the
 * path.
 *
 * @throws InvalidNotification for anything but an update or end of a Live Activity, and for a channel id that no
 *   header can carry
 */
export function broadcastHeaders(notification: Notification, channelId: string): NotificationHeaders {
  if (notification.pushType !== "liveactivity" || notification.kind === "liveActivityStart") {
    const refused = notification.kind;
    throw new InvalidNotification(
      "notification",
      "invalid",
      `channels take updates and ends of Live Activities, not ${refused}`,
    );
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

/** @throws InvalidNotification for what no header can carry */
export function checkChannelId(channelId: unknown): string {
  if (typeof channelId === "string" && /^[\x21-\x7e]+$/.test(channelId)) return channelId;
  throw new InvalidNotification("channelId", "invalid", "must be the base64 text that APNs gave the channel");
}
