import { deviceToken } from "apnskit";
import { usage } from "../failure.ts";
import { type CsvRecord, CsvRecords, delimiterOf } from "./csv-records.ts";
import { type Entry, type LineReader, reasonOf } from "./entry.ts";
import type { Line } from "./lines.ts";
import { Template } from "./template.ts";

const CR = 0x0d;

/** Reads CSV (RFC 4180) whose first line names the columns. Columns without a name are ignored. */
export class CsvReader implements LineReader {
  readonly #records: CsvRecords;
  readonly #columns: readonly string[];
  readonly #tokenColumn: number;
  readonly #template: Template;

  /**
   * @param header the file's first line
   * @param name of the file, for errors
   * @throws CommandFailure for a header without the token's column or with a repeated name, and for a
   * template with placeholders without a column
   */
  constructor(header: Line, name: string, tokenColumn: string, templatePath: string) {
    const fail = (what: string) => usage(`${name} line 1: ${what}`);
    if (header.bytes.subarray(0, -1).includes(CR)) {
      throw fail("lines end in CR alone; save the file with LF or CRLF");
    }
    let delimiter: string;
    try {
      delimiter = delimiterOf(header, tokenColumn);
    } catch (error) {
      throw fail(`${(error as Error).message}; --token-column names another`);
    }
    this.#records = new CsvRecords(delimiter);
    const [first] = [...this.#records.read([header]), ...this.#records.end()];
    if (first === undefined || "invalid" in first) throw fail(first?.invalid ?? "it is empty");
    this.#columns = first.fields.map((field) => field.trim());
    const twice = this.#columns.find(
      (column, index) => column !== "" && this.#columns.indexOf(column) !== index,
    );
    if (twice !== undefined) throw fail(`the column ${JSON.stringify(twice)} comes twice`);
    this.#tokenColumn = this.#columns.indexOf(tokenColumn);
    if (this.#tokenColumn < 0) throw fail(`there is no column ${JSON.stringify(tokenColumn)}`);
    this.#template = new Template(templatePath, this.#columns);
  }

  read(lines: readonly Line[]): Entry[] {
    return this.#records.read(lines).map((record) => this.#entry(record));
  }

  end(): Entry[] {
    return this.#records.end().map((record) => this.#entry(record));
  }

  #entry(record: CsvRecord): Entry {
    if ("invalid" in record) return record;
    const { line, fields } = record;
    if (fields.length !== this.#columns.length) {
      return { line, invalid: `${fields.length} fields, but the first line names ${this.#columns.length}` };
    }
    try {
      const token = deviceToken(fields[this.#tokenColumn]!.trim());
      return { line, token, notification: this.#template.fill(fields) };
    } catch (error) {
      return { line, invalid: reasonOf(error) };
    }
  }
}
