import { InvalidNotification } from "../errors.ts";
import type { Priority } from "../push-types.ts";
import { epochSeconds, invalid } from "./fields.ts";

/** How APNs is to treat a notification: what travels in headers ("Sending notification requests to APNs"). */
export interface DeliveryOptions {
  /** 10: at once. 5: with regard to the device's power. 1: power above all, never wakes the device. */
  readonly priority?: Priority | undefined;
  /** Until when APNs stores and retries (to the second); 0: one attempt. Left out, APNs decides, at most 30 days. */
  readonly expiration?: Date | 0 | undefined;
  /** Notifications with the same one are shown as one. At most 64 bytes of UTF-8. */
  readonly collapseId?: string | undefined;
  /** The `apns-id`, a UUID. Left out, each send gets its own. */
  readonly id?: string | undefined;
  /** Replaces the client's topic. The push type's suffix is added unless it is already there. */
  readonly topic?: string | undefined;
}

/** Checked delivery options. */
export interface Delivery {
  readonly priority: Priority | undefined;
  /** Seconds since 1970-01-01 UTC, or 0. */
  readonly expiration: number | undefined;
  readonly collapseId: string | undefined;
  readonly id: string | undefined;
  readonly topic: string | undefined;
}

/** The names of all delivery options, which never reach the payload. */
export const DELIVERY_OPTIONS: ReadonlySet<string> = new Set([
  "priority",
  "expiration",
  "collapseId",
  "id",
  "topic",
]);

const COLLAPSE_ID_LIMIT = 64;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * @param base what holds where the options say nothing
 * @throws InvalidNotification
 */
export function readDelivery(options: DeliveryOptions, base: Delivery): Delivery {
  const { priority, expiration, collapseId, id, topic } = options;
  return {
    priority: priority === undefined ? base.priority : checkPriority(priority),
    expiration:
      expiration === undefined
        ? base.expiration
        : expiration === 0
          ? 0
          : epochSeconds(expiration, "expiration"),
    collapseId: collapseId === undefined ? base.collapseId : checkCollapseId(collapseId),
    id: id === undefined ? base.id : checkId(id),
    topic: topic === undefined ? base.topic : checkTopic(topic),
  };
}

function checkPriority(priority: unknown): Priority {
  if (priority === 1 || priority === 5 || priority === 10) return priority;
  throw new InvalidNotification("priority", "invalid", `must be 1, 5 or 10, not ${String(priority)}`);
}

function checkCollapseId(collapseId: unknown): string {
  if (typeof collapseId !== "string") throw invalid("collapseId", "must be a string", collapseId);
  const bytes = Buffer.byteLength(collapseId);
  if (bytes === 0 || bytes > COLLAPSE_ID_LIMIT) {
    throw new InvalidNotification(
      "collapseId",
      "invalid",
      `must have 1 … ${COLLAPSE_ID_LIMIT} bytes of UTF-8, not ${bytes}`,
    );
  }
  // RFC 9113 §8.2.1: a header's value has no NUL, CR or LF, and no blank at either end.
  if (/\p{Cc}|^ | $/u.test(collapseId)) {
    throw new InvalidNotification(
      "collapseId",
      "invalid",
      "must not have control characters, nor a blank at either end",
    );
  }
  return collapseId;
}

/** Apple wants the canonical form, in lower case. Only the shape counts: its own ids carry no valid version. */
function checkId(id: unknown): string {
  const lower = typeof id === "string" ? id.toLowerCase() : "";
  if (UUID.test(lower)) return lower;
  throw new InvalidNotification("id", "invalid", "must be a UUID (8-4-4-4-12 hexadecimal digits)");
}

/** A topic as it stands in a header: visible ASCII. */
export function checkTopic(topic: unknown): string {
  if (typeof topic === "string" && /^[\x21-\x7e]+$/.test(topic)) return topic;
  throw new InvalidNotification("topic", "invalid", "must be visible ASCII characters, at least one");
}
