import { inspect } from "node:util";
import { expect, test } from "vitest";
import { concealAccessors } from "../src/conceal-accessors.ts";

const symbol = Symbol("symbol");

class Base {
  get inherited(): string {
    return "visible";
  }
}

class Safe extends Base {
  static {
    concealAccessors(this);
  }

  readonly #secret: string;
  constructor(secret: string) {
    super();
    this.#secret = secret;
  }

  get secret(): string {
    return this.#secret;
  }

  get [symbol](): string {
    return this.#secret;
  }

  open(): string {
    return this.#secret;
  }
}

const safe = new Safe("word");

test("accessors, those of symbols too, and methods work as before", () => {
  expect([safe.secret, safe[symbol], safe.open(), safe.inherited]).toEqual([
    "word",
    "word",
    "word",
    "visible",
  ]);
  expect(symbol in safe && "secret" in safe).toBe(true);
  expect([safe instanceof Safe, safe instanceof Base, safe.constructor]).toEqual([true, true, Safe]);
});

test("inspect with any options calls none of them", () => {
  for (const showHidden of [true, false]) {
    for (const getters of [true, false, "get", "set"] as const) {
      const text = inspect(safe, { showHidden, getters, customInspect: false, depth: null });
      expect(text).not.toContain("word");
      expect(text).toMatch(/^Safe/);
    }
  }
});
