import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { checkSync } from "recheck";
import { allExpressions, type Expression, nameOf, repeats } from "./expressions.ts";

// The other build of recheck starts a Java or native program.
const recheck = createRequire(import.meta.url)("recheck/lib/browser.js") as { checkSync: typeof checkSync };
const list = join(import.meta.dirname, "proven.json");

/** recheck does not finish on these expressions. They were reviewed by hand, and their texts are short. */
export const REVIEWED: Readonly<Record<string, string>> = {
  "/eyJ[\\w-]{8,}(?:\\.[\\w-]*){0,2}/g": "printable() cuts its text to some hundred characters before",
  "/-----BEGIN [A-Z ]{0,40}-----.*/g": "printable() cuts its text to some hundred characters before",
  "/[\\w+/=-]{64,}/g": "printable() cuts its text to some hundred characters before",
  "/[0-9a-f]{32,}/gi": "printable() cuts its text to some hundred characters before",
};

/** recheck's result for an expression: `safe` if its time is linear in every text. */
export function proof({ source, flags }: Pick<Expression, "source" | "flags">, timeout = 60_000): string {
  return recheck.checkSync(source, flags, { timeout }).status;
}

/** The expressions that need a proof. */
export function expressionsToProve(): Expression[] {
  return allExpressions().filter((one) => repeats(one) && !(nameOf(one) in REVIEWED));
}

/**
 * The expressions that `pnpm check:expressions --write` has proven. A proof depends only on the expression.
 */
export function provenExpressions(): ReadonlySet<string> {
  return new Set(JSON.parse(readFileSync(list, "utf8")) as string[]);
}

/** Rewrites the list of proven expressions. */
export function writeProven(names: readonly string[]): void {
  writeFileSync(list, `${JSON.stringify([...names].sort(), undefined, 2)}\n`);
}
