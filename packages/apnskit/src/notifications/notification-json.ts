import { isUtf8 } from "node:buffer";
import { types } from "node:util";
import { InvalidNotification } from "../errors.ts";
import type { Priority } from "../push-types.ts";
import { invalid, unfit } from "./fields.ts";
import { HEADER_OPTIONS, type HeaderValues, readHeaderOptions } from "./header-options.ts";
import { BROADCAST_KINDS, KINDS, type NotificationKind } from "./kinds.ts";
import { assertOptions } from "./options-object.ts";
import { type RawKindOptions, rawKind } from "./raw-kind.ts";
import { received, receivedType } from "./received.ts";
import { Vocabulary } from "./vocabulary.ts";

/**
 * A notification as plain JSON, for job queues. Version 1. A later shape gets another number, and version 1
 * stays readable.
 */
export type NotificationJson = {
  readonly version: 1;
  /** Name of the function that made the notification. */
  readonly kind: string;
  /** The payload's bytes, as JSON text, or as base64 if `encoding` says so. */
  readonly payload: string;
  /** Only for bytes that are not UTF-8, which only `raw()` accepts. */
  readonly encoding?: "base64";
  readonly priority?: Priority;
  /** Seconds since 1970; 0: one attempt. */
  readonly expiration?: number;
  readonly collapseId?: string;
  readonly id?: string;
  readonly topic?: string;
  /** Meant for a broadcast channel. */
  readonly broadcast?: true;
  // The following keys are for `raw` only.
  readonly pushType?: string;
  readonly topicSuffix?: string;
  readonly sizeLimit?: number;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The parts of a notification. */
export interface NotificationParts {
  readonly kind: NotificationKind;
  readonly body: Uint8Array;
  readonly values: HeaderValues;
}

const RAW_KEYS = ["pushType", "topicSuffix", "sizeLimit", "headers"];
const KEYS = [...HEADER_OPTIONS, "version", "kind", "payload", "encoding"];
const VOCABULARY = new Vocabulary([...KEYS, "broadcast"]);
const RAW_VOCABULARY = new Vocabulary([...KEYS, ...RAW_KEYS]);

export function writeNotificationJson({ kind, body, values }: NotificationParts): NotificationJson {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = isUtf8(bytes);
  const { pushType, topicSuffix, sizeLimit, extraHeaders, broadcast } = kind;
  const { priority, expiration, collapseId, id, topic } = values;
  return {
    version: 1,
    kind: kind.name,
    payload: bytes.toString(text ? "utf8" : "base64"),
    ...(!text && { encoding: "base64" }),
    ...(priority !== undefined && { priority }),
    ...(expiration !== undefined && { expiration }),
    ...(collapseId !== undefined && { collapseId }),
    ...(id !== undefined && { id }),
    ...(topic !== undefined && { topic }),
    ...(broadcast && { broadcast }),
    ...(kind.name === "raw" && {
      ...(pushType !== undefined && { pushType }),
      topicSuffix,
      sizeLimit,
      ...(extraHeaders !== undefined && { headers: extraHeaders }),
    }),
  };
}

/**
 * @param json the object from `writeNotificationJson`, or its text
 * @throws InvalidNotification, whose `field` is the invalid key; `json` for text that is not JSON
 */
export function readNotificationJson(json: unknown): NotificationParts {
  const read = typeof json === "string" ? parse(json, "json") : json;
  if (types.isUint8Array(read)) {
    throw invalid("json", "must be an object or text", read, ": decode the bytes with toString()");
  }
  assertOptions(read, '{ version: 1, kind: "alert", payload: "{}" }');
  const fields = read as Readonly<Record<keyof NotificationJson, unknown>>;
  if (fields.version !== 1) {
    const isNone = fields.version === undefined;
    const hint = isNone
      ? "; give what toJSON() returned"
      : "; a newer version of apnskit may have written it";
    throw unfit("version", "must be 1", fields.version, hint);
  }
  const kind = kindOf(fields);
  const own = { priority: kind.defaultPriority, expiration: kind.defaultExpiration };
  const base: HeaderValues = { ...own, collapseId: undefined, id: undefined, topic: undefined };
  const { expiration, ...others } = fields as HeaderValues;
  const values = readHeaderOptions(others as object, base);
  return {
    kind,
    body: bodyOf(fields.payload, fields.encoding, kind),
    values: expiration === undefined ? values : { ...values, expiration: checkExpiration(expiration) },
  };
}

function kindOf(fields: Readonly<Record<keyof NotificationJson, unknown>>): NotificationKind {
  const { kind: name, broadcast } = fields;
  if (name === "raw") {
    RAW_VOCABULARY.assertOnly(fields);
    return rawKind(fields as RawKindOptions);
  }
  if (typeof name !== "string" || !Object.hasOwn(KINDS, name)) {
    throw unfit("kind", "must be the name of a function that makes notifications, such as alert", name);
  }
  VOCABULARY.assertOnly(fields);
  if (broadcast === undefined) return KINDS[name as keyof typeof KINDS];
  if (broadcast === true && Object.hasOwn(BROADCAST_KINDS, name)) {
    return BROADCAST_KINDS[name as keyof typeof BROADCAST_KINDS];
  }
  const rule = "must be true or absent, and is for updates and ends of Live Activities only";
  throw unfit("broadcast", rule, broadcast);
}

function checkExpiration(seconds: unknown): number {
  if (Number.isSafeInteger(seconds) && (seconds as number) >= 0) return seconds as number;
  throw unfit("expiration", "must be whole seconds since 1970, or 0", seconds);
}

function bodyOf(payload: unknown, encoding: unknown, kind: NotificationKind): Uint8Array {
  if (typeof payload !== "string") throw invalid("payload", "must be a string of JSON", payload);
  if (encoding !== undefined) return decodeBase64(payload, encoding);
  if (kind.name !== "raw") {
    const content = parse(payload, "payload");
    if (typeof content !== "object" || content === null || Array.isArray(content)) {
      const type = content === null ? "null" : receivedType(content);
      throw new InvalidNotification("payload", "invalid", `must be the JSON of an object; received ${type}`);
    }
  }
  return Buffer.from(payload);
}

function decodeBase64(payload: string, encoding: unknown): Uint8Array {
  if (encoding !== "base64") throw unfit("encoding", 'must be "base64" or absent', encoding);
  const bytes = Buffer.from(payload, "base64");
  if (bytes.toString("base64") === payload) return bytes;
  throw new InvalidNotification("payload", "invalid", "must be base64");
}

function parse(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidNotification(field, "invalid", `must be JSON; received ${received(text)} that is not`);
  }
}
