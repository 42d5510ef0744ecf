import { InvalidNotification } from "../errors.ts";

/** 2001-01-01 UTC, from which Swift's `Date` counts, in milliseconds since 1970. */
const SWIFT_EPOCH = Date.UTC(2001, 0, 1);

/**
 * A payload's bytes.
 *
 * @throws InvalidNotification when JSON has no form for it; the reason is not passed on, since it may quote the payload
 */
export function encodeJson(payload: unknown): Uint8Array {
  let json: string | undefined;
  try {
    json = JSON.stringify(payload);
  } catch {
    throw new InvalidNotification(
      "payload",
      "invalid",
      "cannot be written as JSON: it has a circle, a BigInt or a toJSON that throws",
    );
  }
  if (json === undefined) throw new InvalidNotification("payload", "invalid", "cannot be written as JSON");
  return Buffer.from(json);
}

/**
 * A copy in which every `Date` is seconds since 2001: ActivityKit decodes content states and attributes with a plain
 * `JSONDecoder`, whose dates are such numbers.
 */
export function swiftDates(value: unknown): unknown {
  if (value instanceof Date) return (value.getTime() - SWIFT_EPOCH) / 1000;
  if (Array.isArray(value)) return value.map(swiftDates);
  if (value === null || typeof value !== "object" || !isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, swiftDates(inner)]));
}

/** Objects of a class know themselves how they turn into JSON. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
