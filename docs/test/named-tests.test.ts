import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);
const page = readFileSync(new URL("docs/reliability.md", root), "utf8");
const references = Array.from(
  page.matchAll(/`(packages\/[\w/.-]+\.test\.ts) › ([^`]+)`/g),
  ([, file, title]) => ({
    file: file!,
    title: title!,
  }),
);

/** Titles of the tests and groups of a file, as they are written. */
function titlesOf(file: string): Set<string> {
  const source = readFileSync(new URL(file, root), "utf8");
  const title = /(?:\b(?:test|describe)|\]\))\(\s*(["`])((?:\\.|(?!\1)[^\\])*)\1/g;
  return new Set(Array.from(source.matchAll(title), ([, , text]) => text!));
}

describe("docs/reliability.md", () => {
  test("names a test for every line of its tables", () => {
    const rows = page
      .split("\n")
      .filter(
        (line) =>
          line.startsWith("| ") && !/^\| (Outcome|Situation|What happened|Promise|\| Test)/.test(line),
      );
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((row) => !/\.test\.ts › /.test(row))).toEqual([]);
  });

  test("names tests that exist", () => {
    expect(references.length).toBeGreaterThan(50);
    const missing = references.filter(
      ({ file, title }) => !existsSync(new URL(file, root)) || !titlesOf(file).has(title),
    );
    expect(missing).toEqual([]);
  });
});
