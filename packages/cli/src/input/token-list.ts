import { deviceToken } from "apnskit";
import { type Entry, type LineReader, reasonOf } from "./entry.ts";
import type { Line } from "./lines.ts";
import type { Template } from "./template.ts";
import { textOf } from "./text.ts";

const NO_COLUMNS: readonly string[] = [];

/** Reads a device token from each line, and ignores surrounding blanks and empty lines. */
export class TokenListReader implements LineReader {
  readonly #template: Template;

  constructor(template: Template) {
    this.#template = template;
  }

  read(lines: readonly Line[]): Entry[] {
    const entries: Entry[] = [];
    for (const line of lines) {
      try {
        const token = textOf(line).trim();
        if (token === "") continue;
        const notification = this.#template.fill(NO_COLUMNS);
        entries.push({ line: line.number, token: deviceToken(token), notification });
      } catch (error) {
        entries.push({ line: line.number, invalid: reasonOf(error) });
      }
    }
    return entries;
  }

  end(): Entry[] {
    return [];
  }
}
