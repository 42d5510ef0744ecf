import type { Notification } from "./notification.ts";

/** One notification a line, each ended by a line feed. */
export function toNdjson(notifications: readonly Notification[]): string {
  return notifications.map((notification) => `${JSON.stringify(notification)}\n`).join("");
}
