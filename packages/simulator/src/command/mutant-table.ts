import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const page = fileURLToPath(new URL("../../../../docs/simulation.md", import.meta.url));

/** The table stands between these lines of the page. */
const BEGIN = "<!-- DEFECTS -->\n";
const END = "<!-- end -->";

const HEAD = "| Defect | Seed | Finding |\n|---|---|---|\n";

/** Puts rows in the place of the table of deliberate defects in docs/simulation.md. */
export async function writeTable(rows: readonly string[]): Promise<void> {
  await writeFile(page, withTable(await readFile(page, "utf8"), rows));
}

/** @throws Error for a page without a place for the table */
export function withTable(text: string, rows: readonly string[]): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`the page must hold ${BEGIN.trim()} and ${END} once each`);
  return text.slice(0, from + BEGIN.length) + HEAD + rows.map((row) => `${row}\n`).join("") + text.slice(to);
}
