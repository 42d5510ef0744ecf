import { InvalidOption } from "./errors.ts";

/** @throws {@link InvalidOption} for a name that is not known: an option without effect would be worse */
export function rejectUnknown(options: object, known: readonly string[], where = "option"): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new InvalidOption(name, `unknown ${where} ${JSON.stringify(name)}`);
  }
}

/** @throws {@link InvalidOption} for what is no `AbortSignal`; one of another realm will do */
export function requireSignal(signal: unknown): void {
  if (typeof (signal as AbortSignal | null)?.addEventListener === "function") return;
  throw new InvalidOption("signal", `signal must be an AbortSignal, got ${String(signal)}`);
}

/** @throws {@link InvalidOption} for what is neither absent nor of that type */
export function requireType(name: string, value: unknown, type: "function" | "boolean" | "string"): void {
  if (value === undefined || typeof value === type) return;
  throw new InvalidOption(name, `${name} must be a ${type}, got ${String(value)}`);
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
    throw new InvalidOption(name, `${name} must be milliseconds from ${min} to ${max}, got ${String(value)}`);
  }
  return value;
}

/** A whole number. @throws {@link InvalidOption} */
export function integer(name: string, value: unknown, fallback: number, min: number, max: number): number {
  if (value === undefined || (value === max && max === Number.POSITIVE_INFINITY))
    return (value as number) ?? fallback;
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new InvalidOption(name, `${name} must be an integer from ${min} to ${max}, got ${String(value)}`);
  }
  return value as number;
}
