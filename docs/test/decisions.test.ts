import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./kit/snippets.ts";

const FOLDER = join(ROOT, "docs/decisions");
const pages = readdirSync(FOLDER).filter((name) => name.endsWith(".md"));

describe("a page of docs/decisions", () => {
  it.each(pages)("%s has the form of the others", (name) => {
    const text = readFileSync(join(FOLDER, name), "utf8");
    expect(text).toMatch(new RegExp(`^# ${name.slice(0, 4)} \\S`));
    const sections = Array.from(text.matchAll(/^## (.+)$/gm), ([, heading]) => heading);
    expect(sections).toEqual(["Context", "Decision", "Why", "Consequences"]);
  });

  it("has a number that no other page has", () => {
    const numbers = pages.map((name) => name.slice(0, 4));
    expect(numbers).toEqual([...new Set(numbers)]);
  });
});
