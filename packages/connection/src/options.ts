import { InvalidOption } from "./errors.ts";

/** @throws {@link InvalidOption} for a value that is not an object */
export function requireObject(name: string, value: unknown): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw new InvalidOption(name, `${name} must be an object${received(value)}`);
}

/** @throws {@link InvalidOption} for an unknown name: an option without effect would be worse */
export function rejectUnknown(options: object, known: readonly string[], where = "option"): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new InvalidOption(name.slice(0, 40), `unknown ${where} ${shownName(name)}`);
  }
}

/** The name of an option, for a message. A value in place of a name, such as a key, is not repeated. */
export function shownName(name: string): string {
  return /^[\w.$-]{1,40}$/.test(name) ? `"${name}"` : `of ${name.length} characters`;
}

/** @throws {@link InvalidOption} for a value that is not an `AbortSignal`; a signal of another realm is accepted */
export function requireSignal(signal: unknown): void {
  const given = typeof signal === "object" ? (signal as Partial<AbortSignal> | null) : null;
  if (
    typeof given?.aborted === "boolean" &&
    typeof given.addEventListener === "function" &&
    typeof given.removeEventListener === "function"
  ) {
    return;
  }
  const hint = given instanceof AbortController ? "; give the controller's `signal`" : "";
  throw new InvalidOption("signal", `signal must be an AbortSignal${received(signal)}${hint}`);
}

/** @throws {@link InvalidOption} for a value that is neither absent nor of that type */
export function requireType(name: string, value: unknown, type: "function" | "boolean" | "string"): void {
  if (value === undefined || typeof value === type) return;
  throw new InvalidOption(name, `${name} must be a ${type}${received(value)}`);
}

/** A duration in milliseconds. @throws {@link InvalidOption} */
export function duration(
  name: string,
  value: unknown,
  fallback: number,
  min = 0,
  max = Number.POSITIVE_INFINITY,
): number {
  if (value === undefined) return fallback;
  if (typeof value !== "number" || !(value >= min && value <= max)) {
    throw new InvalidOption(name, `${name} must be milliseconds from ${min} to ${max}${received(value)}`);
  }
  return value;
}

/** A whole number. @throws {@link InvalidOption} */
export function integer(name: string, value: unknown, fallback: number, min: number, max: number): number {
  if (value === undefined || (value === max && max === Number.POSITIVE_INFINITY))
    return (value as number) ?? fallback;
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new InvalidOption(name, `${name} must be an integer from ${min} to ${max}${received(value)}`);
  }
  return value as number;
}

/** Strings that a message may repeat: short, and without characters that only secrets need. */
const harmless = /^[\w .:+-]{0,20}$/;

/**
 * The end of a message about a bad value. It repeats numbers and short, harmless strings only: a value in the wrong place
 * may be a key.
 */
export function received(value: unknown): string {
  switch (typeof value) {
    case "string":
      if (harmless.test(value)) return `; received the string ${JSON.stringify(value)}`;
      return `; received a string of ${value.length} characters`;
    case "object":
      if (value instanceof Date) return `; received ${String(value)}`;
      return `; received ${value === null ? "null" : kindOf(value)}`;
    case "function":
      return "; received a function";
    case "bigint":
    case "symbol":
      return `; received a ${typeof value}`;
    default:
      return `; received ${String(value)}`;
  }
}

/** Such as "an array" or "a Map". A Proxy may throw on any access. */
function kindOf(value: object | undefined): string {
  try {
    const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
    if (kind === "Object" || !/^\w{1,30}$/.test(kind)) return "an object";
    if (kind === "Array") return "an array";
    return `${/^[AEIOU]/.test(kind) ? "an" : "a"} ${kind}`;
  } catch {
    return "an object";
  }
}
