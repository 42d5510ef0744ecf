import * as v from "valibot";

/** One value from outside: as JSON, as JavaScript, or as words in a query or on a command line. */
export interface Field<Value = unknown> {
  readonly schema: v.GenericSchema<Value>;
  /** Completes "must be …" in error messages. */
  readonly wanted: string;
  /** The value of these words. Invalid words are returned unchanged, and fail the check. */
  readonly read: (words: string) => unknown;
}

/** The field with a sentence for people, for the described API and the page. */
export function described<Value>(field: Field<Value>, description: string): Field<Value> {
  const schema = v.pipe(field.schema, v.description(description)) as v.GenericSchema<Value>;
  return { ...field, schema };
}

/** A number from `min` to `max`. Infinity passes only if `max` is `"infinite"`. */
export function number(min: number, max: number | "infinite" = Number.MAX_VALUE, unit = ""): Field<number> {
  const top = max === "infinite" ? Infinity : max;
  const range = top >= Number.MAX_VALUE ? `, ${min} or more` : ` from ${min} to ${max}`;
  return {
    schema: v.pipe(v.number(), v.minValue(min), v.maxValue(top)),
    wanted: `a number${unit === "" ? "" : ` of ${unit}`}${range}`,
    read: readNumber,
  };
}

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number = Number.MAX_SAFE_INTEGER): Field<number> {
  const lower = min === Number.MIN_SAFE_INTEGER ? "" : `, ${min} or more`;
  const range = max === Number.MAX_SAFE_INTEGER ? lower : ` from ${min} to ${max}`;
  return {
    schema: v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max)),
    wanted: `a whole number${range}`,
    read: readNumber,
  };
}

/** `true` or `false`. */
export function flag(): Field<boolean> {
  return {
    schema: v.boolean(),
    wanted: "true or false",
    read: (words) => (words === "true" ? true : words === "false" ? false : words),
  };
}

/** Any non-empty text, or text that satisfies a condition. */
export function text(
  wanted = "a text that is not empty",
  accepts?: (text: string) => boolean,
): Field<string> {
  const rule = accepts ? v.check(accepts) : v.nonEmpty<string>();
  return { schema: v.pipe(v.string(), rule), wanted, read: (words) => words };
}

/** One of several words. */
export function choice<const Word extends string>(...words: readonly Word[]): Field<Word> {
  const quoted = words.map((word) => `"${word}"`);
  return { schema: v.picklist(words), wanted: list(quoted, "or"), read: (given) => given };
}

/** Accepts values of either field. Words are read by the first field that then accepts the value. */
export function either<First, Second>(first: Field<First>, second: Field<Second>): Field<First | Second> {
  return {
    schema: v.union([first.schema, second.schema]) as v.GenericSchema<First | Second>,
    wanted: `${first.wanted}, or ${second.wanted}`,
    read: (words) => {
      const value = first.read(words);
      return v.is(first.schema, value) ? value : second.read(words);
    },
  };
}

/** Any number of values. */
export function listOf<Value>(field: Field<Value>): Field<readonly Value[]> {
  return {
    schema: v.array(field.schema),
    wanted: `a list, each item ${field.wanted}`,
    read: (words) => words.split(",").map((word) => field.read(word)),
  };
}

/** A value that only a program can pass, e.g. a function. */
export function handed<Value>(wanted: string, accepts: (value: unknown) => boolean): Field<Value> {
  return { schema: v.custom<Value>(accepts), wanted, read: (words) => words };
}

/** `a, b or c`. */
export function list(words: readonly string[], last: "and" | "or"): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

function readNumber(words: string): unknown {
  return words.trim() !== "" && Number.isFinite(Number(words)) ? Number(words) : words;
}
