import { InvalidNotification } from "../errors.ts";
import { DEVICE_SIZE_LIMIT, type PushType, pushTypeRule } from "../push-types.ts";
import type { DeliveryOptions } from "./delivery.ts";
import { invalid, missing } from "./fields.ts";
import { encodeJson } from "./json.ts";
import { Notification, type NotificationKind } from "./notification.ts";

/** Anything that APNs may take, also what this package does not know yet. */
export interface RawOptions extends DeliveryOptions {
  /** The payload: an object that becomes JSON, or text or bytes that are JSON already. */
  readonly payload: object | string | Uint8Array;
  /** The `apns-push-type`; none is sent when it is left out. */
  readonly pushType?: PushType | undefined;
  /** Added to the topic; by default what the push type asks for, if it is a known one. */
  readonly topicSuffix?: string | undefined;
  /** Most bytes of the payload; by default 4,096, or what the push type allows. */
  readonly sizeLimit?: number | undefined;
  /** Further request headers, with lower-case names. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * A notification with any payload and push type. No priority is sent unless one is given: APNs then assumes 10.
 *
 * @throws InvalidNotification
 */
export function raw(options: RawOptions): Notification {
  const { payload, pushType, headers } = options;
  if (pushType !== undefined && !(typeof pushType === "string" && /^[\x21-\x7e]+$/.test(pushType))) {
    throw invalid("pushType", "must be visible ASCII characters", pushType);
  }
  const rule = pushTypeRule(pushType);
  const kind: NotificationKind = {
    name: "raw",
    pushType,
    topicSuffix: options.topicSuffix ?? rule?.topicSuffix ?? "",
    sizeLimit: sizeLimit(options.sizeLimit ?? rule?.sizeLimit ?? DEVICE_SIZE_LIMIT),
    defaultPriority: undefined,
    ...(headers === undefined ? {} : { extraHeaders: checkHeaders(headers) }),
  };
  return new Notification(kind, encode(payload), options);
}

function encode(payload: unknown): Uint8Array {
  if (payload === undefined || payload === null) throw missing("payload");
  if (typeof payload === "string") return Buffer.from(payload);
  // A copy, for the caller may write to its own.
  if (payload instanceof Uint8Array) return Uint8Array.from(payload);
  if (typeof payload !== "object")
    throw invalid("payload", "must be an object, a string or a Uint8Array", payload);
  return encodeJson(payload);
}

function sizeLimit(limit: number): number {
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new InvalidNotification(
    "sizeLimit",
    "invalid",
    `must be a whole number of bytes from 1 on, not ${String(limit)}`,
  );
}

const RESERVED = /^(?::.*|authorization|apns-(?:push-type|topic|priority|expiration|collapse-id|id))$/;

function checkHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (RESERVED.test(name))
      throw new InvalidNotification("headers", "conflict", `${name} has an option of its own`);
    // RFC 9110 §5.1 and RFC 9113 §8.2.1
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) {
      throw new InvalidNotification("headers", "invalid", "names must be lower-case header names");
    }
    if (typeof value !== "string" || /\p{Cc}|^ | $/u.test(value)) {
      throw new InvalidNotification(
        "headers",
        "invalid",
        `the value of ${name} must be text without control characters`,
      );
    }
  }
  return { ...headers };
}
