import { TextContent } from "@apnskit/connection/internal";
import { InvalidNotification } from "../errors.ts";
import type { DateForm, Path } from "./json-values.ts";

/** 2001-01-01 UTC, from which Swift's `Date` counts, in milliseconds since 1970. */
const SWIFT_EPOCH = Date.UTC(2001, 0, 1);

/** Keys of `aps` that are seconds since 1970. */
const UNIX_DATES = new Set<unknown>(["timestamp", "stale-date", "dismissal-date"]);
/** Keys of `aps` that the app decodes. */
const SWIFT_OBJECTS = new Set<unknown>(["content-state", "attributes"]);

/**
 * Seconds since 2001: ActivityKit decodes content states and attributes with a plain `JSONDecoder`, which
 * reads dates as such numbers.
 */
export const swiftDate: DateForm = (time) => (time - SWIFT_EPOCH) / 1000;

/** Dates in the option `aps`, by the key of `aps` that holds them. */
export const apsDate: DateForm = (time, path) => dateOfKey(time, path.slice(1));

/** Dates in a key of `aps` that is passed beside the options. */
export const wireKeyDate: DateForm = (time, path) => dateOfKey(time, path);

function dateOfKey(time: number, path: Path): number | undefined {
  const [key] = path;
  if (SWIFT_OBJECTS.has(key)) return (time - SWIFT_EPOCH) / 1000;
  return path.length === 1 && UNIX_DATES.has(key) ? Math.floor(time / 1000) : undefined;
}

/**
 * Encodes a payload for sending.
 *
 * @param payload consists of values that `jsonValue` returned
 * @throws InvalidNotification when it still cannot be encoded; omits the reason, which may quote the payload
 */
export function encodeJson(payload: unknown): TextContent {
  let json: string | undefined;
  try {
    json = JSON.stringify(payload);
  } catch {
    // A getter returned another value the second time.
  }
  if (json === undefined) throw new InvalidNotification("payload", "invalid", "cannot be written as JSON");
  return new TextContent(json);
}
