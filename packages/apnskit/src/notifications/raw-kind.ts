import { InvalidNotification } from "../errors.ts";
import { DEVICE_SIZE_LIMIT, PUSH_TYPES, type PushType, pushTypeRule } from "../push-types.ts";
import { invalid, unfit } from "./fields.ts";
import { HEADER_TEXT_RULE, isHeaderText } from "./header-options.ts";
import type { NotificationKind } from "./kinds.ts";
import { bareName } from "./spelling.ts";
import { checkTopicSuffix } from "./topic.ts";

/** Options of `raw()` that define the kind of the notification. */
export interface RawKindOptions {
  /** The `apns-push-type`; without it, none is sent. At most 64 characters. */
  readonly pushType?: PushType | undefined;
  /** Added to the topic; by default the suffix of the push type, if the type is known. */
  readonly topicSuffix?: string | undefined;
  /** The most bytes of the payload; by default 4,096, or the limit of the push type. */
  readonly sizeLimit?: number | undefined;
  /**
   * Further request headers with lower-case names. Names have at most 64 characters, values at most 1,024
   * bytes, and all together at most 4,096 bytes. Apple accepts 8,000 for all headers of a request.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const NAME_LIMIT = 64;
const VALUE_LIMIT = 1_024;
/** Bytes of names and values, with the 32 that RFC 9113 §6.5.2 adds to each. */
const HEADERS_LIMIT = 4_096;
const OVERHEAD = 32;

let last: (Omit<RawKindOptions, "headers"> & { readonly kind: NotificationKind }) | undefined;

/** Equal options in a row give the same kind. @throws InvalidNotification */
export function rawKind(options: RawKindOptions): NotificationKind {
  const { pushType, topicSuffix, sizeLimit, headers } = options;
  if (
    headers === undefined &&
    last !== undefined &&
    last.pushType === pushType &&
    last.topicSuffix === topicSuffix &&
    last.sizeLimit === sizeLimit
  ) {
    return last.kind;
  }
  // Read once: a getter may give another value the next time.
  const kind = createKind({ pushType, topicSuffix, sizeLimit, headers });
  if (headers === undefined) last = { pushType, topicSuffix, sizeLimit, kind };
  return kind;
}

function createKind({ pushType, topicSuffix, sizeLimit, headers }: RawKindOptions): NotificationKind {
  const rule = pushTypeRule(pushType === undefined ? undefined : checkPushType(pushType));
  return {
    name: "raw",
    pushType,
    topicSuffix: topicSuffix === undefined ? (rule?.topicSuffix ?? "") : checkTopicSuffix(topicSuffix),
    sizeLimit: checkSizeLimit(sizeLimit ?? rule?.sizeLimit ?? DEVICE_SIZE_LIMIT),
    defaultPriority: undefined,
    ...(headers === undefined ? {} : { extraHeaders: checkHeaders(headers) }),
  };
}

function checkPushType(pushType: unknown): PushType {
  if (typeof pushType === "string" && Object.hasOwn(PUSH_TYPES, pushType)) return pushType as PushType;
  if (typeof pushType === "string" && pushType.length <= NAME_LIMIT && /^[\x21-\x7e]+$/.test(pushType)) {
    assertSpelling(pushType);
    return pushType;
  }
  throw invalid("pushType", `must be 1 … ${NAME_LIMIT} visible ASCII characters`, pushType);
}

/** APNs knows each push type in one spelling only, in lower case. */
function assertSpelling(pushType: string): void {
  const known = Object.keys(PUSH_TYPES).find((name) => bareName(name) === bareName(pushType));
  if (known === undefined) return;
  throw unfit("pushType", `is spelt ${JSON.stringify(known)}`, pushType);
}

function checkSizeLimit(limit: unknown): number {
  if (Number.isSafeInteger(limit) && (limit as number) > 0) return limit as number;
  throw unfit("sizeLimit", "must be a whole number of bytes from 1 on", limit);
}

const WITH_OPTION = /^(?:authorization|apns-(?:push-type|topic|priority|expiration|collapse-id|id))$/;
/** Headers of the connection and of the body (RFC 9113 §8.2.2, RFC 9110 §8.6 and §10.1.1). */
const OF_THE_CONNECTION =
  /^(?:connection|content-length|expect|host|http2-settings|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/;

function checkHeaders(headers: unknown): Readonly<Record<string, string>> {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    throw invalid("headers", "must be an object", headers);
  }
  const checked: Record<string, string> = {};
  let size = 0;
  for (const [name, value] of Object.entries(headers) as [string, unknown][]) {
    if (value === undefined) continue;
    size += checkHeader(name, value);
    checked[name] = value as string;
  }
  if (size <= HEADERS_LIMIT) return checked;
  const rule = `must have at most ${HEADERS_LIMIT} bytes together, ${OVERHEAD} for each of them included; received ${size}`;
  throw new InvalidNotification("headers", "too-large", rule);
}

/** Returns the header's size. */
function checkHeader(name: string, value: unknown): number {
  // RFC 9110 §5.1 and RFC 9113 §8.2.1
  if (name.length > NAME_LIMIT || !/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) {
    const rule = `names must be lower-case header names of 1 … ${NAME_LIMIT} characters`;
    throw new InvalidNotification("headers", "invalid", rule);
  }
  if (WITH_OPTION.test(name)) {
    const rule = name === "authorization" ? "comes from the client's `auth`" : "has an option";
    throw new InvalidNotification("headers", "conflict", `${name} ${rule}; leave it out`);
  }
  if (OF_THE_CONNECTION.test(name)) {
    throw new InvalidNotification("headers", "conflict", `${name} is up to the connection; leave it out`);
  }
  if (typeof value !== "string") throw invalid("headers", `the value of ${name} must be a string`, value);
  const bytes = Buffer.byteLength(value);
  if (bytes > VALUE_LIMIT) {
    const rule = `the value of ${name} must have at most ${VALUE_LIMIT} bytes; received ${bytes}`;
    throw new InvalidNotification("headers", "too-large", rule);
  }
  if (!isHeaderText(value)) {
    throw new InvalidNotification("headers", "invalid", `the value of ${name} ${HEADER_TEXT_RULE}`);
  }
  return name.length + bytes + OVERHEAD;
}
