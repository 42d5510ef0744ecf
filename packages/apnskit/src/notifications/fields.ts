import { InvalidNotification } from "../errors.ts";

/** Turns an option's value into what the wire wants; `undefined` leaves the key out. */
export type Encode = (value: unknown, field: string) => unknown;

type Rule = readonly [key: string, encode: Encode];

/** Options by name: their wire key and encoding. */
export type FieldRules = Readonly<Record<string, Rule>>;

export type JsonObject = Readonly<Record<string, unknown>>;

/** Maps the options of one dictionary of the payload to their wire keys. */
export class FieldTable {
  /** `null` for options that belong to another part of the request. */
  readonly #rules: ReadonlyMap<string, Rule | null>;

  constructor(rules: FieldRules, elsewhere: Iterable<string> = []) {
    this.#rules = new Map<string, Rule | null>([
      ...Object.entries(rules),
      ...Array.from(elsewhere, (field) => [field, null] as const),
    ]);
  }

  /**
   * Adds what the options say to `wire`. What the table does not know passes through unchanged under its own name, so
   * that a key which Apple adds tomorrow can be used today.
   */
  map(options: object, wire: Record<string, unknown> = {}): Record<string, unknown> {
    for (const field of Object.keys(options)) {
      const value = (options as JsonObject)[field];
      if (value === undefined) continue;
      const rule = this.#rules.get(field);
      if (rule === null) continue;
      const encoded = rule === undefined ? value : rule[1](value, field);
      if (encoded !== undefined) define(wire, rule === undefined ? field : rule[0], encoded);
    }
    return wire;
  }

  /** The same, but for the known options only; `undefined` when there is none. */
  mapKnown(options: object): Record<string, unknown> | undefined {
    let wire: Record<string, unknown> | undefined;
    for (const field of Object.keys(options)) {
      const rule = this.#rules.get(field);
      const value = (options as JsonObject)[field];
      if (!rule || value === undefined) continue;
      wire ??= {};
      wire[rule[0]] = rule[1](value, field);
    }
    return wire;
  }
}

/** Sets a key that a caller chose; one called `__proto__` must stay a key. */
function define(wire: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") wire[key] = value;
  else Object.defineProperty(wire, key, { value, enumerable: true, configurable: true, writable: true });
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
