import type { PushType } from "../push-types.ts";
import type { HeaderValues } from "./header-options.ts";

/** Request headers of notifications for one topic. */
export type NotificationHeaders = Readonly<Record<string, string>>;

/**
 * Headers of notifications without individual headers. A process has few of them; the bound is for processes
 * that send to endless topics.
 */
const shared = new Map<string, NotificationHeaders>();
const MOST_SHARED = 1000;
let last:
  | {
      readonly topic: string;
      readonly pushType: string;
      readonly priority: number | "";
      readonly expiration: number | undefined;
      readonly headers: NotificationHeaders;
    }
  | undefined;

/** The headers for a notification and its topic. Equal values usually give the same object. */
export function requestHeaders(
  notification: HeaderValues & { readonly pushType: PushType | undefined },
  topic: string,
  extra: Readonly<Record<string, string>> | undefined,
): NotificationHeaders {
  const { pushType = "", priority = "", expiration, collapseId, id } = notification;
  if (expiration || collapseId !== undefined || id !== undefined || extra !== undefined) {
    return build(notification, topic, extra);
  }
  // Usually the headers are those of the last notification.
  if (
    last !== undefined &&
    last.topic === topic &&
    last.pushType === pushType &&
    last.priority === priority &&
    last.expiration === expiration
  ) {
    return last.headers;
  }
  const key = `${topic} ${pushType} ${priority} ${expiration}`;
  let headers = shared.get(key);
  if (headers === undefined) {
    if (shared.size >= MOST_SHARED) shared.clear();
    headers = build(notification, topic, extra);
    shared.set(key, headers);
  }
  last = { topic, pushType, priority, expiration, headers };
  return headers;
}

function build(
  {
    pushType,
    priority,
    expiration,
    collapseId,
    id,
  }: HeaderValues & { readonly pushType: PushType | undefined },
  topic: string,
  extra: Readonly<Record<string, string>> | undefined,
): NotificationHeaders {
  const headers: Record<string, string> = {};
  if (pushType !== undefined) headers["apns-push-type"] = pushType;
  headers["apns-topic"] = topic;
  if (priority !== undefined) headers["apns-priority"] = String(priority);
  if (expiration !== undefined) headers["apns-expiration"] = String(expiration);
  if (collapseId !== undefined) headers["apns-collapse-id"] = collapseId;
  if (id !== undefined) headers["apns-id"] = id;
  return Object.freeze({ ...headers, ...extra });
}
