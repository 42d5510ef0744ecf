import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./kit/snippets.ts";

const markdownIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));

const guides = markdownIn("docs/guides");
const packages = readdirSync(join(ROOT, "packages")).map((name) => `packages/${name}`);
const pages = [".", "docs", "docs/decisions", "docs/benchmarks", "examples", ...packages]
  .filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap(markdownIn)
  .concat(guides);

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): Set<string> {
  const headings = Array.from(readFileSync(page, "utf8").matchAll(/^#+ (.+)$/gm), ([, text]) => text!);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(target)) return false;
  return anchor === undefined || (statSync(target).isFile() && anchorsOf(target).has(anchor));
}

describe("documentation", () => {
  it.each(pages)("%s links to files and headings that exist", (name) => {
    const page = join(ROOT, name);
    const text = readFileSync(page, "utf8").replaceAll(/^```.*?^```$/gms, "");
    const links = Array.from(text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g), ([, link]) => link!);
    expect(links.filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });

  it("lists every guide in its index", () => {
    const index = readFileSync(join(ROOT, "docs/README.md"), "utf8");
    const missing = guides.filter((name) => !index.includes(`](${name.slice("docs/".length)})`));
    expect(missing).toEqual([]);
  });
});
