import { types } from "node:util";
import { host } from "@apnskit/connection/internal";
import { InvalidNotification } from "../errors.ts";
import { dateHint, epochSeconds, unfit } from "./fields.ts";
import { timeOf } from "./received.ts";
import { Vocabulary } from "./vocabulary.ts";

/** A span of time from now on. Its parts are added up; each is a number from 0 on. */
export interface Duration {
  readonly days?: number | undefined;
  readonly hours?: number | undefined;
  readonly minutes?: number | undefined;
  readonly seconds?: number | undefined;
}

const UNITS = { days: 86_400, hours: 3_600, minutes: 60, seconds: 1 };
const NAMES = Object.keys(UNITS) as (keyof Duration)[];
const VOCABULARY = new Vocabulary(NAMES);
const RULE = "must be a Date, a duration such as { hours: 1 }, or 0";
const CENTURY = 36_525 * UNITS.days;
/** A date before this year is probably a number of seconds used as milliseconds. */
const FIRST_YEAR = Date.UTC(1980);

/**
 * The value of `apns-expiration`: whole seconds since 1970, or 0. A duration counts from this call and is rounded up.
 *
 * @throws InvalidNotification
 */
export function expirationSeconds(value: unknown): number {
  if (value === 0) return 0;
  if (types.isDate(value)) {
    const time = timeOf(value);
    if (time < FIRST_YEAR) {
      const hint = "new Date() takes milliseconds: multiply seconds by 1000";
      throw new InvalidNotification("expiration", "invalid", `is before 1980; ${hint}`);
    }
    return epochSeconds(value, "expiration");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const small = typeof value === "number" && value > 0 && value <= 1e8;
    throw unfit("expiration", RULE, value, small ? `: use { seconds: ${value} }` : dateHint(value));
  }
  const hint = dateHint(value);
  if (hint !== "" || isOtherDuration(value)) throw unfit("expiration", RULE, value, hint);
  return Math.ceil(host.epoch() / 1000 + lengthOf(value));
}

/**
 * Whether an expiration in seconds since 1970 has passed; 0 and `undefined` never do. @param epoch
 * milliseconds since 1970
 */
export function hasExpired(seconds: number | undefined, epoch: number): boolean {
  return seconds !== undefined && seconds > 0 && seconds * 1_000 <= epoch;
}

/** Other duration types, such as `Temporal.Duration`, whose months this library would miss. */
function isOtherDuration(value: object): boolean {
  return Object.keys(value).length === 0 && NAMES.some((name) => name in value);
}

/** In seconds. */
function lengthOf(duration: Duration): number {
  VOCABULARY.assertOnly(duration);
  let sum = 0;
  for (const name of NAMES) {
    const part: unknown = duration[name];
    if (part === undefined) continue;
    if (typeof part !== "number" || !(part >= 0)) {
      throw unfit(`expiration.${name}`, "must be a number from 0 on", part);
    }
    sum += part * UNITS[name];
  }
  if (sum > 0 && sum <= CENTURY) return sum;
  const rule = "must be longer than nothing and at most a century; 0 in its place is one attempt";
  throw new InvalidNotification("expiration", "invalid", rule);
}
