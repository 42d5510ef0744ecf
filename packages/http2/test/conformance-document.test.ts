import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** `docs/http2-conformance.md` names the test that holds each rule; a test that is renamed must be renamed there too. */
const document = readFileSync(new URL("../../../docs/http2-conformance.md", import.meta.url), "utf8");

const rules = document.replace(/<!-- begin floods -->.*<!-- end floods -->/s, "");
const rows = rules.split("\n").filter((line) => /^\| (?!Rule|Hostile server)/.test(line));
const named = [...document.matchAll(/`([\w/-]+\.test\.ts)` › (.+?)(?=<br>| \|)/g)].map(([, file, name]) => ({
  file: file!,
  name: name!,
}));

/** The titles of tests and groups in a file, and the first strings of the rows of their tables. */
function titlesIn(file: string): Set<string> {
  const base = file.startsWith("packages/") ? new URL("../../../", import.meta.url) : import.meta.url;
  const source = readFileSync(new URL(file, base), "utf8");
  const strings = source.matchAll(/(?:\(|\[|\{ ?|^\s*)"((?:[^"\\\n]|\\.)*)"|^\s*(\w+): |name: "(.*?)"/gm);
  return new Set([...strings].map(([, quoted, key, name]) => quoted ?? key ?? name ?? ""));
}

describe("the conformance table", () => {
  test("has a good hundred rules, each held by a test or said not to apply", () => {
    expect(rows.length).toBeGreaterThan(90);
    for (const row of rows) expect(row).toMatch(/› |does not apply|not here: /);
  });

  test.each(named)("$file › $name exists", ({ file, name }) => {
    expect([...titlesIn(file)]).toContain(name);
  });
});
