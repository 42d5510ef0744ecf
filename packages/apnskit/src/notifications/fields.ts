import { InvalidNotification } from "../errors.ts";

/** Turns an option's value into what the wire wants; `undefined` leaves the key out. */
export type Encode = (value: unknown, field: string) => unknown;

/** Options by name: their wire key and encoding. */
export type FieldTable = Readonly<Record<string, readonly [key: string, encode: Encode]>>;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Maps options to wire keys. What the table does not know passes through unchanged under its own name, so that a key which
 * Apple adds tomorrow can be used today.
 *
 * @param elsewhere options that belong to another part of the request
 */
export function mapFields(
  options: object,
  table: FieldTable,
  elsewhere: ReadonlySet<string>,
): Record<string, unknown> {
  const mapped: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(options)) {
    if (value === undefined || elsewhere.has(field)) continue;
    const rule = Object.hasOwn(table, field) ? table[field] : undefined;
    const encoded = rule === undefined ? value : rule[1](value, field);
    if (encoded !== undefined) mapped[rule === undefined ? field : rule[0]] = encoded;
  }
  return mapped;
}

export const text: Encode = (value, field) => {
  if (typeof value === "string") return value;
  throw invalid(field, "must be a string", value);
};

export const requiredText = (value: unknown, field: string): string => {
  if (value === undefined || value === "") throw missing(field);
  return text(value, field) as string;
};

export const textList: Encode = (value, field) => {
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw invalid(field, "must be an array of strings", value);
};

/** JSON would write NaN and the infinities as `null`. */
export const finite: Encode = (value, field) => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw invalid(field, "must be a finite number", value);
};

export const count: Encode = (value, field) => {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value;
  throw invalid(field, "must be a whole number from 0 on", value);
};

/** On the wire a flag is 1 or absent. */
export const flag: Encode = (value, field) => {
  if (value === true || value === 1) return 1;
  if (value === false || value === 0) return undefined;
  throw invalid(field, "must be a boolean", value);
};

/** Dates inside a payload are seconds since 1970, whole. */
export const seconds: Encode = (value, field) => epochSeconds(value, field);

export function epochSeconds(value: unknown, field: string): number {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return Math.floor(value.getTime() / 1000);
  throw invalid(field, "must be a valid Date", value);
}

export const object: Encode = (value, field) => jsonObject(value, field);

export function jsonObject(value: unknown, field: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
    return value as JsonObject;
  }
  throw invalid(field, "must be an object", value);
}

export function missing(field: string): InvalidNotification {
  return new InvalidNotification(field, "missing", "is required");
}

/** Names the type of the value, never the value: it may be private. */
export function invalid(field: string, rule: string, value: unknown): InvalidNotification {
  const type = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  return new InvalidNotification(field, "invalid", `${rule} (got ${type})`);
}
