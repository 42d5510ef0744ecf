import type { Notification } from "./notification.ts";

/** One notification per line, each with a line feed. */
export function toNdjson(notifications: readonly Notification[]): string {
  return notifications.map((notification) => `${JSON.stringify(notification)}\n`).join("");
}
