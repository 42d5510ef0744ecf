import { type Refusal, refuse } from "../answer.ts";
import type { PushType } from "../topics.ts";
import { isPushType } from "../topics.ts";
import {
  checkCollapseId,
  checkExpiration,
  checkMessageId,
  checkPriority,
  hasDuplicates,
} from "./message-headers.ts";

/** The most bytes of a body ("Sending notification requests to APNs"). */
export const MAX_PAYLOAD = 4096;
export const MAX_VOIP_PAYLOAD = 5120;

const PREFIX = "/3/device/";

/**
 * @returns the device token in the path, "" if there is none
 */
export function checkDeviceRoute(method: string, path: string): string | Refusal {
  if (method !== "POST") return refuse("MethodNotAllowed");
  if (path.startsWith(PREFIX)) {
    const token = path.slice(PREFIX.length);
    return token.includes("/") ? refuse("BadPath") : token;
  }
  return path === "/3/device" ? "" : refuse("BadPath");
}

export interface PushHeaderRules {
  /** Whether a background push with priority 10 is refused as `BadPriority`. Apple only calls it an error. */
  readonly refuseUrgentBackground: boolean;
}

/** @param raw alternating header names and values, as received */
export function checkPushHeaders(
  headers: Readonly<Record<string, string | undefined>>,
  raw: readonly string[],
  rules: PushHeaderRules,
): Refusal | undefined {
  if (hasDuplicates(raw)) return refuse("DuplicateHeaders");
  const refusal =
    checkMessageId(headers["apns-id"]) ??
    checkExpiration(headers["apns-expiration"]) ??
    checkPriority(headers["apns-priority"]) ??
    checkCollapseId(headers["apns-collapse-id"]);
  if (refusal) return refusal;
  const pushType = headers["apns-push-type"];
  if (pushType !== undefined && !isPushType(pushType)) return refuse("InvalidPushType");
  const urgentBackground = pushType === "background" && headers["apns-priority"] === "10";
  return urgentBackground && rules.refuseUrgentBackground ? refuse("BadPriority") : undefined;
}

/** Apple warns not to assume a length, so any whole number of bytes in hexadecimal is valid. */
export function checkDeviceToken(token: string): Refusal | undefined {
  if (token === "") return refuse("MissingDeviceToken");
  return token.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(token) ? undefined : refuse("BadDeviceToken");
}

export function payloadLimit(pushType: PushType | undefined): number {
  return pushType === "voip" ? MAX_VOIP_PAYLOAD : MAX_PAYLOAD;
}

/** `{}` is a valid payload: Wallet uses it. */
export function checkPayload(bytes: number, limit: number): Refusal | undefined {
  if (bytes === 0) return refuse("PayloadEmpty");
  return bytes > limit ? refuse("PayloadTooLarge") : undefined;
}
