import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./kit/snippets.ts";

const DOCS = join(ROOT, "docs");
const guides = readdirSync(join(DOCS, "guides")).map((name) => `guides/${name}`);

describe("documentation", () => {
  it.each(["README.md", ...guides])("%s links to files that exist", (name) => {
    const page = join(DOCS, name);
    const links = Array.from(
      readFileSync(page, "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g),
      ([, link]) => link!,
    );
    expect(links.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
  });

  it("lists every guide in its index", () => {
    const index = readFileSync(join(DOCS, "README.md"), "utf8");
    expect(guides.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  });
});
