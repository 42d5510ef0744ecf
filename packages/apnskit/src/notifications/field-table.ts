import type { Encode } from "./fields.ts";
import { wireKeyDate } from "./json.ts";
import { define, jsonValue } from "./json-values.ts";
import { Vocabulary } from "./vocabulary.ts";

type Rule = readonly [key: string, encode: Encode];

/** Options by name: their wire key and encoding. */
export type FieldRules = Readonly<Record<string, Rule>>;

export interface FieldTableOptions {
  /** Options that belong to another part of the request. */
  readonly elsewhere?: Iterable<string>;
  /** Wire keys that have no option in this table. */
  readonly wireKeys?: Iterable<string>;
  /** How to pass a key that looks misspelt. */
  readonly insist: string;
}

/** Maps the options of one dictionary of the payload to their wire keys. */
export class FieldTable {
  /** `null` for options that belong to another part of the request. */
  readonly #rules: ReadonlyMap<string, Rule | null>;
  readonly #vocabulary: Vocabulary;

  constructor(rules: FieldRules, { elsewhere = [], wireKeys = [], insist }: FieldTableOptions) {
    this.#rules = new Map<string, Rule | null>([
      ...Object.entries(rules),
      ...Array.from(elsewhere, (field) => [field, null] as const),
    ]);
    const ownKeys = Object.values(rules).map(([key]) => key);
    this.#vocabulary = new Vocabulary([...this.#rules.keys(), ...ownKeys, ...wireKeys], insist);
  }

  /**
   * Adds the options to `wire`. An unknown key passes through under its own name, so keys that Apple adds
   * later work at once.
   *
   * @param path where the options are, for error messages, such as `alert.`
   * @throws InvalidNotification for invalid values, and for unknown keys that look misspelt
   */
  map(options: object, wire: Record<string, unknown> = {}, path = ""): Record<string, unknown> {
    for (const field of Object.keys(options)) {
      const value = (options as Record<string, unknown>)[field];
      if (value === undefined) continue;
      const rule = this.#rules.get(field);
      if (rule === null) continue;
      if (rule === undefined) this.#pass(field, value, wire, path);
      else {
        const encoded = rule[1](value, path + field);
        if (encoded !== undefined) wire[rule[0]] = encoded;
      }
    }
    return wire;
  }

  /** The same for known options only; `undefined` if there are none. */
  mapKnown(options: object): Record<string, unknown> | undefined {
    let wire: Record<string, unknown> | undefined;
    for (const field of Object.keys(options)) {
      const rule = this.#rules.get(field);
      if (!rule) continue;
      const value = (options as Record<string, unknown>)[field];
      if (value === undefined) continue;
      wire ??= {};
      wire[rule[0]] = rule[1](value, field);
    }
    return wire;
  }

  #pass(key: string, value: unknown, wire: Record<string, unknown>, path: string): void {
    this.#vocabulary.assertMeant(key, path);
    const passed = jsonValue(value, [path + key], wireKeyDate);
    if (passed !== undefined) define(wire, key, passed);
  }
}
