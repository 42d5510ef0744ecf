import { types } from "node:util";
import { type Content, TextContent } from "@apnskit/connection/internal";
import { invalid, missing } from "./fields.ts";
import { HEADER_OPTIONS, type HeaderOptions } from "./header-options.ts";
import { encodeJson } from "./json.ts";
import { jsonValue } from "./json-values.ts";
import { Notification } from "./notification.ts";
import { assertOptions } from "./options-object.ts";
import { type RawKindOptions, rawKind } from "./raw-kind.ts";
import { Vocabulary } from "./vocabulary.ts";

/** Anything that APNs may accept, even if this package does not know it yet. */
export interface RawOptions extends HeaderOptions, RawKindOptions {
  /** The payload: an object that `JSON.stringify` can write, or text or bytes that are JSON already. */
  readonly payload: object | string | Uint8Array;
}

const OPTIONS = [...HEADER_OPTIONS, "payload", "pushType", "topicSuffix", "sizeLimit", "headers"];
const VOCABULARY = new Vocabulary(OPTIONS);

/**
 * A notification with any payload and push type. It is sent without a priority unless you set one: APNs then
 * assumes 10.
 *
 * @throws InvalidNotification
 */
export function raw(options: RawOptions): Notification {
  assertOptions(options, '{ pushType: "alert", payload: { aps: {} } }');
  VOCABULARY.assertOnly(options);
  return new Notification(rawKind(options), encode(options.payload), options);
}

function encode(payload: unknown): Content {
  if (payload === undefined || payload === null) throw missing("payload");
  if (typeof payload === "string") return new TextContent(payload);
  // A copy, since the caller may change its own.
  if (types.isUint8Array(payload)) return Uint8Array.from(payload);
  if (typeof payload !== "object") {
    throw invalid("payload", "must be an object, a string or a Uint8Array", payload);
  }
  return encodeJson(jsonValue(payload, ["payload"]));
}
