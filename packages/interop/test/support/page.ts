import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const file = join(import.meta.dirname, "../../../../docs/interoperability.md");
const updating = process.env.UPDATE_DOCS === "1";

/** The text of each cell of a table, by row and column. */
export type Cells = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * A table of `docs/interoperability.md`, filled by a test run. With `UPDATE_DOCS=1` the run writes the table.
 * Otherwise it compares its results with the page.
 */
export class PageTable {
  readonly #name: string;
  readonly #heading: string;
  readonly #cells = new Map<string, Map<string, string>>();
  readonly #incidental: string[] = [];

  /** @param name of the pair of markers between which the table stands */
  constructor(name: string, heading: string) {
    this.#name = name;
    this.#heading = heading;
  }

  record(row: string, column: string, text: string): void {
    const cells = this.#cells.get(row) ?? new Map<string, string>();
    this.#cells.set(row, cells.set(column, text));
  }

  /**
   * Like `record`, for values that differ between machines: the run writes them, but does not compare them.
   */
  note(row: string, column: string, text: string): void {
    this.record(row, column, text);
    this.#incidental.push(`${row}\n${column}`);
  }

  /**
   * Writes or compares the table.
   * @throws Error that names each cell of the page that is missing or differs
   */
  settle(): void {
    if (updating) {
      writeFileSync(file, replaceTable(this.#name, render(this.#heading, this.#cells)));
      return;
    }
    const written = readTable(this.#name);
    const wrong: string[] = [];
    for (const [row, cells] of this.#cells) {
      for (const [column, text] of cells) {
        if (this.#incidental.includes(`${row}\n${column}`)) continue;
        const said = written.get(row)?.get(column);
        if (said !== text) wrong.push(`${row} / ${column}: found "${text}", the page says "${said ?? ""}"`);
      }
    }
    if (wrong.length > 0) {
      throw new Error(
        `docs/interoperability.md is out of date (pnpm --filter @apnskit/interop page):\n${wrong.join("\n")}`,
      );
    }
  }
}

/** The contents of one table of the page. */
export function readTable(name: string): Cells {
  const [heading = "", , ...rows] = between(name).trim().split("\n");
  const [, ...columns] = split(heading);
  return new Map(
    rows.map((row) => {
      const [key = "", ...texts] = split(row);
      return [key, new Map(columns.map((column, index) => [column, texts[index] ?? ""]))];
    }),
  );
}

function render(heading: string, cells: Cells): string {
  const columns = [...new Set([...cells.values()].flatMap((row) => [...row.keys()]))];
  const rows = Array.from(cells, ([key, row]) => [key, ...columns.map((column) => row.get(column) ?? "–")]);
  return [[heading, ...columns], Array(columns.length + 1).fill("---"), ...rows]
    .map((row) => `| ${row.join(" | ")} |\n`)
    .join("");
}

function split(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((text) => text.trim());
}

const begin = (name: string) => `<!-- begin ${name}: written by the tests -->\n`;
const end = (name: string) => `<!-- end ${name} -->`;

function between(name: string): string {
  const page = readFileSync(file, "utf8");
  const from = page.indexOf(begin(name));
  const to = page.indexOf(end(name));
  if (from < 0 || to < from) throw new Error(`docs/interoperability.md has no table "${name}"`);
  return page.slice(from + begin(name).length, to);
}

function replaceTable(name: string, table: string): string {
  return readFileSync(file, "utf8").replace(
    begin(name) + between(name) + end(name),
    () => `${begin(name)}${table}${end(name)}`,
  );
}
