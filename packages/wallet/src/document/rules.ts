import { received } from "@apnskit/connection/internal";
import type { Place } from "./place.ts";

/** Checks a JSON value. @throws InvalidPackage that names the place */
export type Rule = (value: unknown, place: Place) => void;

/** A JSON object. */
export type Json = { readonly [name: string]: unknown };

/** Text; empty text only if the option allows it. */
export function text(options: { readonly min?: number; readonly max?: number } = {}): Rule {
  const { min = 1, max = Number.POSITIVE_INFINITY } = options;
  return (value, place) => {
    if (typeof value !== "string") throw place.fail("invalid", `must be a string${received(value)}`);
    if (value.length < min) {
      const rule =
        min === 1 ? "must not be empty" : `must have ${min} characters or more; it has ${value.length}`;
      throw place.fail("invalid", rule);
    }
    if (value.length > max) {
      throw place.fail("too-large", `may have ${max} characters; it has ${value.length}`);
    }
  };
}

/** Text that matches a pattern. */
export function matching(pattern: RegExp, wanted: string): Rule {
  return (value, place) => {
    if (typeof value === "string" && pattern.test(value)) return;
    throw place.fail("invalid", `must be ${wanted}${received(value)}`);
  };
}

/** A number in a range. */
export function number(min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, whole = false): Rule {
  const kind = whole ? "a whole number" : "a number";
  const range = Number.isFinite(min) || Number.isFinite(max) ? ` from ${min} to ${max}` : "";
  return (value, place) => {
    const fits = typeof value === "number" && value >= min && value <= max;
    if (fits && (!whole || Number.isInteger(value))) return;
    throw place.fail("invalid", `must be ${kind}${range}${received(value)}`);
  };
}

export const bool: Rule = (value, place) => {
  if (typeof value !== "boolean") throw place.fail("invalid", `must be true or false${received(value)}`);
};

/** Anything that JSON can express. */
export const anything: Rule = () => {};

/** One of several words. */
export function oneOf(...words: readonly string[]): Rule {
  return (value, place) => {
    if (typeof value === "string" && words.includes(value)) return;
    throw place.fail("invalid", `must be ${list(words)}${received(value)}`);
  };
}

/** One fixed number. */
export function exactly(wanted: number): Rule {
  return (value, place) => {
    if (value !== wanted) throw place.fail("invalid", `must be the number ${wanted}${received(value)}`);
  };
}

const DATE =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;

/** Whether a text is a complete date with time and zone, as W3C's note on dates and RFC 3339 write it. */
export function isDate(value: unknown): boolean {
  const parts = typeof value === "string" ? DATE.exec(value) : null;
  if (parts === null) return false;
  const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year!, month! - 1, day));
  const exists = date.getUTCMonth() === month! - 1 && date.getUTCDate() === day;
  return exists && hour! <= 23 && minute! <= 59 && second! <= 59;
}

/** A complete date. */
export const date: Rule = (value, place) => {
  if (isDate(value)) return;
  const wanted = "must be a complete date with time and zone, such as 2026-05-01T19:30+02:00";
  throw place.fail("invalid", `${wanted}${received(value)}`);
};

/** A list, each element by the same rule. */
export function listOf(rule: Rule, max = Number.POSITIVE_INFINITY): Rule {
  return (value, place) => {
    if (!Array.isArray(value)) throw place.fail("invalid", `must be a list${received(value)}`);
    if (value.length > max) {
      throw place.fail("too-large", `may have ${max} elements; it has ${value.length}`);
    }
    value.forEach((element, index) => {
      rule(element, place.element(index));
    });
  };
}

/** The members of an object. Other members pass, because Apple adds new ones. */
export interface ObjectRules {
  readonly required?: Readonly<Record<string, Rule>>;
  readonly optional?: Readonly<Record<string, Rule>>;
  /** A rule about several members together. */
  readonly also?: (value: Json, place: Place) => void;
}

/** An object. */
export function object({ required = {}, optional = {}, also }: ObjectRules): Rule {
  const known = Object.entries({ ...required, ...optional });
  const needed = Object.keys(required);
  return (value, place) => {
    requireJsonObject(value, place);
    for (const name of needed) {
      if (value[name] === undefined) throw place.member(name).fail("missing", "is missing");
    }
    for (const [name, rule] of known) {
      if (value[name] !== undefined) rule(value[name], place.member(name));
    }
    also?.(value, place);
  };
}

/** @throws InvalidPackage for a value that is not a JSON object */
export function requireJsonObject(value: unknown, place: Place): asserts value is Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw place.fail("invalid", `must be an object${received(value)}`);
}

/** A URL of a web service: `https`, or `http` on this machine for development. */
export const serviceUrl: Rule = (value, place) => {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  const local = url !== undefined && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url?.protocol === "https:" || (local && url.protocol === "http:")) return;
  throw place.fail("invalid", `must be a URL that begins with https://${received(value)}`);
};

/** A URL of any scheme. */
export const anyUrl: Rule = (value, place) => {
  if (typeof value === "string" && URL.canParse(value)) return;
  throw place.fail("invalid", `must be a URL, such as https://example.com${received(value)}`);
};

/** A secret that devices send back; messages never show it. */
export const authenticationToken: Rule = (value, place) => {
  if (typeof value === "string" && value.length >= 16) return;
  const got = typeof value === "string" ? `it has ${value.length}` : `it is a ${typeof value}`;
  throw place.fail("invalid", `must be a string of 16 characters or more; ${got}`);
};

function list(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
