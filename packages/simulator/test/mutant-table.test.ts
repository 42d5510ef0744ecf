import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { withTable } from "../src/command/mutant-table.ts";
import { MUTANTS } from "../src/mutants/mutants.ts";

const page = fileURLToPath(new URL("../../../docs/simulation.md", import.meta.url));

describe("the table of defects", () => {
  it("has a row for each defect, in the order of the list", async () => {
    const text = await readFile(page, "utf8");
    const table = text.slice(text.indexOf("<!-- DEFECTS -->"));
    const names = [...table.matchAll(/^\| (.+?) \| (?:\d+|missed) \| .* \|$/gm)].map(([, name]) => name);
    expect(names).toEqual(MUTANTS.map(({ name }) => name));
  });

  it("takes the place of the one before", () => {
    const before = "text\n<!-- DEFECTS -->\nold\n<!-- end -->\nmore\n";
    expect(withTable(before, ["| a | 1 | b |"])).toBe(
      "text\n<!-- DEFECTS -->\n| Defect | Seed | Finding |\n|---|---|---|\n| a | 1 | b |\n<!-- end -->\nmore\n",
    );
    expect(() => withTable("text", [])).toThrow("the page must hold");
  });
});
