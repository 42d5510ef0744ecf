import { InvalidNotification } from "../errors.ts";
import type { Priority } from "../push-types.ts";
import { type Duration, expirationSeconds } from "./expiration.ts";
import { invalid, unfit } from "./fields.ts";
import { checkTopic } from "./topic.ts";

/** How APNs should treat a notification: the options in headers ("Sending notification requests to APNs"). */
export interface HeaderOptions {
  /** 10: at once. 5: with regard to the device's power. 1: power above all, never wakes the device. */
  readonly priority?: Priority | undefined;
  /**
   * Until when APNs stores and retries, to the second: a `Date`, or a duration from now such as `{ hours: 1
   * }`. 0: one attempt. By default APNs decides, at most 30 days.
   */
  readonly expiration?: Date | Duration | 0 | undefined;
  /** The device shows notifications with the same id as one. 1 … 64 bytes of UTF-8. */
  readonly collapseId?: string | undefined;
  /** The `apns-id`, a UUID. By default each send gets a new one. */
  readonly id?: string | undefined;
  /** Replaces the client's topic. The push type's suffix is added unless it is already there. At most 255 characters. */
  readonly topic?: string | undefined;
}

/** Checked header options. */
export interface HeaderValues {
  readonly priority: Priority | undefined;
  /** Seconds since 1970-01-01 UTC, or 0. */
  readonly expiration: number | undefined;
  readonly collapseId: string | undefined;
  readonly id: string | undefined;
  readonly topic: string | undefined;
}

/** The names of all header options, which never reach the payload. */
export const HEADER_OPTIONS: readonly string[] = ["priority", "expiration", "collapseId", "id", "topic"];

/** Bytes of UTF-8 ("Sending notification requests to APNs"). */
const COLLAPSE_ID_LIMIT = 64;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * @param base values for the options that are absent
 * @throws InvalidNotification
 */
export function readHeaderOptions(options: HeaderOptions, base: HeaderValues): HeaderValues {
  const { priority, expiration, collapseId, id, topic } = options;
  return {
    priority: priority === undefined ? base.priority : checkPriority(priority),
    expiration: expiration === undefined ? base.expiration : expirationSeconds(expiration),
    collapseId: collapseId === undefined ? base.collapseId : checkCollapseId(collapseId),
    id: id === undefined ? base.id : checkId(id),
    topic: topic === undefined ? base.topic : checkTopic(topic),
  };
}

function checkPriority(priority: unknown): Priority {
  if (priority === 1 || priority === 5 || priority === 10) return priority;
  throw unfit("priority", "must be the number 1, 5 or 10", priority);
}

function checkCollapseId(collapseId: unknown): string {
  if (typeof collapseId !== "string") throw invalid("collapseId", "must be a string", collapseId);
  const bytes = Buffer.byteLength(collapseId);
  if (bytes === 0 || bytes > COLLAPSE_ID_LIMIT) {
    const rule = `must have 1 … ${COLLAPSE_ID_LIMIT} bytes of UTF-8; received ${bytes}`;
    throw new InvalidNotification("collapseId", "invalid", rule);
  }
  if (isHeaderText(collapseId)) return collapseId;
  throw new InvalidNotification("collapseId", "invalid", HEADER_TEXT_RULE);
}

/**
 * RFC 9113 §8.2.1: a header's value has no NUL, CR or LF, and no blank at either end. Half a surrogate pair
 * has no UTF-8 form: two different texts would become one.
 */
export function isHeaderText(value: string): boolean {
  return !/\p{Cc}|\p{Cs}|^ | $/u.test(value);
}

export const HEADER_TEXT_RULE =
  "must not have control characters, halves of surrogate pairs, nor a blank at either end";

/**
 * Apple requires the canonical form, in lower case. Only the shape counts: Apple's ids have no valid version.
 */
function checkId(id: unknown): string {
  const lower = typeof id === "string" ? id.toLowerCase() : "";
  if (UUID.test(lower)) return lower;
  throw invalid("id", "must be a UUID (8-4-4-4-12 hexadecimal digits)", id);
}
