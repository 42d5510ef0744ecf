import * as v from "valibot";
import { InvalidMockInput } from "../errors.ts";
import { printable, shown } from "../printable.ts";
import { type Field, list } from "./field.ts";

/** The fields that an object may have; all others are refused. */
export interface Fields {
  readonly [name: string]: Field;
}

/**
 * The form of one object from outside. One description serves JavaScript callers, the control endpoint and
 * the command line. So all of them refuse a typo, and the message names the field.
 */
export class Shape<Value extends object> {
  /** For messages, e.g. `a fault drop`. */
  readonly what: string;
  readonly fields: Fields;
  readonly required: readonly string[];
  /** The same for valibot and for its JSON Schema. */
  readonly schema: v.GenericSchema<unknown, Value>;

  constructor(what: string, fields: Fields, required: readonly string[] = []) {
    this.what = what;
    this.fields = fields;
    this.required = required;
    const entries = Object.entries(fields).map(([name, { schema }]) => [
      name,
      // `undefined` in an option means "not given".
      required.includes(name) ? schema : v.optional(schema),
    ]);
    this.schema = v.strictObject(Object.fromEntries(entries)) as never;
  }

  /**
   * Checks an object.
   *
   * @throws InvalidMockInput that names the first invalid field
   */
  check(value: unknown): Value {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new InvalidMockInput(`${capital(this.what)} must be an object; received ${shown(value)}`);
    }
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(this.fields, name));
    if (unknown !== undefined) throw this.#unknown(unknown);
    const result = v.safeParse(this.schema, value, { abortEarly: true });
    if (result.success) return result.output;
    const [issue] = result.issues;
    const name = String(issue.path?.[0]?.key);
    const given = (value as Record<string, unknown>)[name];
    const { wanted } = this.fields[name]!;
    const problem =
      given === undefined
        ? `is missing; it must be ${wanted}`
        : `must be ${wanted}; received ${shown(given)}`;
    throw new InvalidMockInput(`\`${name}\` of ${this.what} ${problem}`, name);
  }

  /**
   * Reads an object from words, e.g. `times=3` or `?acted=true`. A name without a value is `true`.
   *
   * @throws InvalidMockInput that names the first invalid field
   */
  read(pairs: Iterable<readonly [name: string, words: string | undefined]>): Value {
    const value: Record<string, unknown> = {};
    for (const [name, words] of pairs) {
      const field = Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
      if (!field) throw this.#unknown(name);
      if (Object.hasOwn(value, name)) {
        throw new InvalidMockInput(`\`${name}\` of ${this.what} is given twice; give it once`, name);
      }
      value[name] = words === undefined ? true : field.read(words);
    }
    return this.check(value);
  }

  #unknown(name: string): InvalidMockInput {
    const known = list(Object.keys(this.fields), "and");
    return new InvalidMockInput(
      `${capital(this.what)} has no \`${printable(name, 60)}\`; it has ${known === "" ? "no fields" : known}`,
      name,
    );
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
