import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { checkSync } from "recheck";
import { allExpressions, type Expression, nameOf, repeats } from "./expressions.ts";

// The other build starts a Java or a native program.
const recheck = createRequire(import.meta.url)("recheck/lib/browser.js") as { checkSync: typeof checkSync };
const list = join(import.meta.dirname, "proven.json");

/** The checker does not finish with these. They were read, and their texts are short. */
export const REVIEWED: Readonly<Record<string, string>> = {
  "/eyJ[\\w-]{8,}(?:\\.[\\w-]*){0,2}/g": "printable() cuts its text to some hundred characters before",
  "/-----BEGIN [A-Z ]{0,40}-----.*/g": "printable() cuts its text to some hundred characters before",
  "/[\\w+/=-]{64,}/g": "printable() cuts its text to some hundred characters before",
  "/[0-9a-f]{32,}/gi": "printable() cuts its text to some hundred characters before",
};

/** What recheck says of an expression: `safe` if its time is in proportion to every text. */
export function proof({ source, flags }: Pick<Expression, "source" | "flags">, timeout = 60_000): string {
  return recheck.checkSync(source, flags, { timeout }).status;
}

/** The expressions that need a proof. */
export function expressionsToProve(): Expression[] {
  return allExpressions().filter((one) => repeats(one) && !(nameOf(one) in REVIEWED));
}

/** Those that `pnpm check:expressions --write` has proven. A proof depends on nothing but the expression. */
export function provenExpressions(): ReadonlySet<string> {
  return new Set(JSON.parse(readFileSync(list, "utf8")) as string[]);
}

/** Writes the list anew. */
export function writeProven(names: readonly string[]): void {
  writeFileSync(list, `${JSON.stringify([...names].sort(), undefined, 2)}\n`);
}
