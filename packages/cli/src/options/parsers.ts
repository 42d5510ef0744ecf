/** A parser of whole numbers within a range, both ends included. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new TypeError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A parser of numbers within a range, both ends included. */
export function numberWithin(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new TypeError(`It must be a number from ${least} to ${most}.`);
  };
}

/** One of a few numbers. */
export function oneOf(...values: readonly number[]): (text: string) => number {
  return (text) => {
    const value = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
    if (values.includes(value)) return value;
    throw new TypeError(`It must be ${values.slice(0, -1).join(", ")} or ${values.at(-1)}.`);
  };
}

/** Notifications a second: `500` or `500/s`. */
export function rate(text: string): number {
  const value = Number(/^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text)?.[1] ?? Number.NaN);
  if (value > 0 && value <= 1_000_000) return value;
  throw new TypeError("It must be notifications a second, above 0 and up to 1000000, such as 500 or 0.5.");
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A moment: a time from now on (`90s`, `30m`, `1h`, `7d`), or a date that JavaScript knows (ISO 8601). */
export type Moment = { readonly after: number } | { readonly at: Date };

/** A hundred years: a date behind it is a mistake. */
const MOST_AHEAD = 36_500 * 86_400_000;

/** Reads a {@link Moment}. */
export function moment(text: string): Moment {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) {
    const after = Number(amount) * UNITS[unit!]! * 1000;
    if (after <= MOST_AHEAD) return { after };
    throw new TypeError("It must be at most 36500d from now.");
  }
  // ISO 8601 only, because JavaScript reads "1" as a date of 2001.
  const at = /^\d{4}-\d{2}-\d{2}(?:[T ].*)?$/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (!Number.isNaN(at.getTime())) return { at };
  throw new TypeError(
    "It must be a time from now such as 90s, 30m, 1h or 7d, or a date such as 2027-01-31T12:00Z.",
  );
}

/** A moment, or 0. */
export function momentOrZero(text: string): Moment | 0 {
  return text === "0" ? 0 : moment(text);
}

/** The date of a moment. */
export function dateOf(given: Moment, now: number): Date {
  return "at" in given ? given.at : new Date(now + given.after);
}

const STDOUT = new Set(["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);

/** The path of a file to write; every name of stdout becomes `-`. */
export function outputPath(text: string): string {
  return STDOUT.has(text) ? "-" : text;
}

/** One `--data`: `key=text` or `key:=JSON`. */
export interface DataEntry {
  readonly key: string;
  readonly value: unknown;
}

/** Reads a {@link DataEntry}. The error does not repeat the value, which may be private. */
export function dataEntry(text: string): DataEntry {
  const at = text.indexOf("=");
  if (at < 1) throw new TypeError("It must be key=text or key:=JSON.");
  const isJson = text[at - 1] === ":";
  const key = text.slice(0, isJson ? at - 1 : at);
  const value = text.slice(at + 1);
  if (key === "") throw new TypeError("It must be key=text or key:=JSON.");
  if (!isJson) return { key, value };
  try {
    return { key, value: JSON.parse(value) };
  } catch {
    throw new TypeError(
      `The value of ${key}:= must be JSON, such as 3, true or {"a":1}; for text use ${key}=.`,
    );
  }
}
