import { types } from "node:util";
import { InvalidNotification } from "../errors.ts";
import { received, receivedType, timeOf } from "./received.ts";

/** Converts an option's value to its wire form; `undefined` omits the key. */
export type Encode = (value: unknown, field: string) => unknown;

export const text: Encode = (value, field) => {
  if (typeof value === "string") return value;
  throw invalid(field, "must be a string", value);
};

export const requiredText = (value: unknown, field: string): string => {
  if (value === undefined || value === "") throw missing(field);
  return text(value, field) as string;
};

/** Makes a copy: the caller may change the array later, or its class may define another form in JSON. */
export const textList: Encode = (value, field) => {
  if (Array.isArray(value)) {
    const texts = Array.from(value as unknown[]);
    if (texts.every((one) => typeof one === "string")) return texts;
  }
  throw invalid(field, "must be an array of strings", value);
};

/** JSON would write NaN and the infinities as `null`. */
export const finite: Encode = (value, field) => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw unfit(field, "must be a finite number", value);
};

export const count: Encode = (value, field) => {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value;
  throw unfit(field, "must be a whole number from 0 on", value);
};

/** On the wire a flag is 1 or absent. */
export const flag: Encode = (value, field) => {
  if (value === true || value === 1) return 1;
  if (value === false || value === 0) return undefined;
  throw unfit(field, "must be true or false", value);
};

/** Dates in a payload are whole seconds since 1970. */
export const seconds: Encode = (value, field) => epochSeconds(value, field);

export function epochSeconds(value: unknown, field: string): number {
  if (types.isDate(value) && !Number.isNaN(timeOf(value))) return Math.floor(timeOf(value) / 1000);
  throw unfit(field, "must be a valid Date", value, dateHint(value));
}

/**
 * Explains how to make a `Date` from a value. Numbers are ambiguous: today has ten digits in seconds since
 * 1970, thirteen in milliseconds. Luxon, Day.js, Moment, Firestore and Temporal have separate date objects.
 */
export function dateHint(value: unknown): string {
  if (typeof value === "object" && value !== null) return dateLikeHint(value);
  if (typeof value !== "number" || !Number.isFinite(value)) return "";
  if (value > 1e11) return `: use new Date(${value})`;
  return value > 1e8 ? `: use new Date(${value} * 1000)` : "";
}

function dateLikeHint(value: object): string {
  const { toJSDate, toDate, epochMilliseconds } = value as Record<string, unknown>;
  if (typeof toJSDate === "function") return ": use its toJSDate()";
  if (typeof toDate === "function") return ": use its toDate()";
  return typeof epochMilliseconds === "number" ? ": use new Date(value.epochMilliseconds)" : "";
}

export function missing(field: string): InvalidNotification {
  return new InvalidNotification(field, "missing", "is required");
}

/** For the payload. Names the type of the value, never the value, which may be private. */
export function invalid(field: string, rule: string, value: unknown, hint = ""): InvalidNotification {
  return new InvalidNotification(field, "invalid", `${rule}; received ${receivedType(value)}${hint}`);
}

/** For settings. Also names the value, if it is a number or a short word. */
export function unfit(field: string, rule: string, value: unknown, hint = ""): InvalidNotification {
  return new InvalidNotification(field, "invalid", `${rule}; received ${received(value)}${hint}`);
}
