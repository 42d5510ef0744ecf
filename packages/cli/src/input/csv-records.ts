import { type CsvError, parse } from "csv-parse/sync";
import { InvalidLine } from "./entry.ts";
import type { Line } from "./lines.ts";
import { textOf } from "./text.ts";

/** A record of a CSV file: its fields, or its error. */
export type CsvRecord =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly invalid: string };

/** Lines that belong together because a later line closes a quote of an earlier one. */
interface Group {
  readonly lines: readonly { readonly number: number; readonly text: string }[];
}

/** Most lines of one record. A longer record lacks a quote somewhere. */
const MOST_LINES = 200;

/**
 * Groups lines into records and parses many records at a time with csv-parse.
 *
 * An unclosed quote would swallow the rest of a file. So a record may take {@link MOST_LINES} lines. Beyond
 * that, the first line of the record is reported, and reading goes on with the next line.
 */
export class CsvRecords {
  readonly #delimiter: string;
  /** An incomplete record. */
  #open: { number: number; text: string }[] = [];

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  read(lines: readonly Line[]): CsvRecord[] {
    const records: CsvRecord[] = [];
    let groups: Group[] = [];
    const flush = () => {
      records.push(...this.#parse(groups));
      groups = [];
    };
    const queue = [...lines];
    for (let at = 0; at < queue.length; at++) {
      const line = queue[at]!;
      let text: string;
      try {
        text = textOf(line);
      } catch (error) {
        flush();
        // This line does not complete the record before it.
        records.push(...this.#giveUp(), { line: line.number, invalid: (error as InvalidLine).message });
        continue;
      }
      this.#open.push({ number: line.number, text });
      if (isBalanced(this.#open)) {
        groups.push({ lines: this.#open });
        this.#open = [];
      } else if (this.#open.length >= MOST_LINES) {
        flush();
        records.push(...this.#giveUp());
      }
    }
    flush();
    return records;
  }

  end(): CsvRecord[] {
    return this.#giveUp();
  }

  /** Reports the first line of the open record, and reads the other lines again. */
  #giveUp(): CsvRecord[] {
    const records: CsvRecord[] = [];
    while (this.#open.length > 0) {
      const [first, ...others] = this.#open;
      records.push({ line: first!.number, invalid: "a quote is never closed" });
      this.#open = [];
      const groups: Group[] = [];
      for (const line of others) {
        this.#open.push(line);
        if (!isBalanced(this.#open)) continue;
        groups.push({ lines: this.#open });
        this.#open = [];
      }
      records.push(...this.#parse(groups));
    }
    return records;
  }

  #parse(groups: readonly Group[]): CsvRecord[] {
    const full = groups.filter(({ lines }) => lines.length > 1 || lines[0]!.text.trim() !== "");
    if (full.length === 0) return [];
    try {
      const rows = this.#rows(full.flatMap(({ lines }) => lines));
      if (rows.length === full.length) {
        return rows.map((fields, index) => ({ line: full[index]!.lines[0]!.number, fields }));
      }
    } catch {
      // One of the records is wrong. Reads them one by one to find it.
    }
    return full.flatMap((group) => this.#parseOne(group));
  }

  #parseOne({ lines }: Group): CsvRecord[] {
    const line = lines[0]!.number;
    try {
      const rows = this.#rows(lines);
      if (rows.length === 1) return [{ line, fields: rows[0]! }];
      if (rows.length === 0) return [];
    } catch (error) {
      if (lines.length === 1) return [{ line, invalid: problemOf(error as CsvError) }];
    }
    // A stray quote has joined lines that are separate records.
    return [
      { line, invalid: "a quote is not where it may be" },
      ...lines.slice(1).flatMap((one) => this.#parseOne({ lines: [one] })),
    ];
  }

  #rows(lines: readonly { readonly text: string }[]): string[][] {
    const text = lines.map((line) => line.text).join("\n");
    return parse(text, {
      delimiter: this.#delimiter,
      record_delimiter: "\n",
      relax_column_count: true,
      skip_empty_lines: true,
    }) as string[][];
  }
}

/** Whether these lines close every quote: quotes inside a field come in twos (RFC 4180 §2). */
function isBalanced(lines: readonly { readonly text: string }[]): boolean {
  let quotes = 0;
  for (const { text } of lines) {
    for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes++;
  }
  return quotes % 2 === 0;
}

/** The library's message quotes the text. */
function problemOf(error: CsvError): string {
  if (error.code === "CSV_QUOTE_NOT_CLOSED") return "a quote is never closed";
  return "a quote is not where it may be";
}

/**
 * The delimiter of a header row: comma, semicolon or tab, whichever gives a column the wanted name.
 *
 * @throws InvalidLine when none does
 */
export function delimiterOf(header: Line, column: string): string {
  const text = textOf(header);
  for (const delimiter of [",", ";", "\t"]) {
    const cells = text.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
    if (cells.includes(column)) return delimiter;
  }
  throw new InvalidLine(`the first line names no column ${JSON.stringify(column)}`);
}
