import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./kit/snippets.ts";

/** Pages that claim only what a test holds: each claim names its test, as `file › title`. */
const PAGES = ["docs/reliability.md", "docs/threat-model.md", "SECURITY.md"];

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
/** A title may be wrapped. */
const REFERENCE = /`((?:packages|docs)\/[\w/.-]+\.(?:test|suite)\.ts) › ([^`]+)`/g;
const CLAIMED = /`(?:packages|docs)\/[\w/.-]+\.(?:test|suite)\.ts › /;

/** Titles of the tests and groups of a file, as they are written. */
function titlesOf(file: string): Set<string> {
  const title = /(?:\b(?:test|it|describe)(?:\.\w+)?|\)|\])\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g;
  return new Set(Array.from(read(file).matchAll(title), ([, , text]) => text!.replaceAll('\\"', '"')));
}

/** The rows of all tables whose last column is called Test. */
function claimsOfTables(page: string): string[] {
  const tables = page.split(/\n\n+/).filter((block) => /^\|.*\| Test \|\n/.test(block));
  return tables.flatMap((table) => table.trimEnd().split("\n").slice(2));
}

/** The items of the lists below a heading, each on one line. */
function itemsBelow(page: string, heading: string): string[] {
  const [, text = ""] = page.split(`\n## ${heading}\n`);
  const items = text.split(/\n## /)[0]!.split(/\n(?=- )/);
  return items.filter((item) => item.startsWith("- ")).map((item) => item.replaceAll(/\s+/g, " "));
}

describe.each(PAGES)("%s", (path) => {
  const page = read(path);
  const references = Array.from(page.matchAll(REFERENCE), ([, file, title]) => ({
    file: file!,
    title: title!.replaceAll(/\s+/g, " "),
  }));

  test("names a test for every claim", () => {
    const claims = path === "SECURITY.md" ? itemsBelow(page, "What is defended") : claimsOfTables(page);
    expect(claims.length).toBeGreaterThan(path === "docs/reliability.md" ? 60 : 8);
    expect(claims.filter((claim) => !CLAIMED.test(claim))).toEqual([]);
  });

  test("names tests that exist", () => {
    expect(references.length).toBeGreaterThan(8);
    const missing = references.filter(
      ({ file, title }) => !existsSync(join(ROOT, file)) || !titlesOf(file).has(title),
    );
    expect(missing).toEqual([]);
  });
});
