import { createReadStream, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { fileProblem, usage } from "../failure.ts";
import { CsvReader } from "./csv.ts";
import { type Entry, InvalidLine, type LineReader } from "./entry.ts";
import { type Line, type LineBlock, lineBlocks } from "./lines.ts";
import { NdjsonReader } from "./ndjson.ts";
import { Template } from "./template.ts";
import { TokenListReader } from "./token-list.ts";

/** The formats of a file. */
export const FORMATS = ["ndjson", "csv", "tokens"] as const;
export type Format = (typeof FORMATS)[number];

export interface InputOptions {
  /** A path, or `-` for stdin. */
  readonly path: string;
  readonly format: Format | undefined;
  readonly template: string | undefined;
  readonly tokenColumn: string;
  /** Lines to skip at the beginning. */
  readonly skip: number;
}

/** Entries of one part of the file, and the file's bytes up to the end of that part. */
export interface EntryBlock {
  readonly entries: readonly Entry[];
  readonly bytes: number;
}

/** A file of notifications, read once from beginning to end in constant memory. */
export class InputFile {
  /** Its name in errors and notes. */
  readonly name: string;
  /** Bytes of the whole file; `undefined` for input without a size, such as stdin. */
  readonly size: number | undefined;
  readonly #options: InputOptions;
  readonly #stream: Readable;
  #closed = false;

  /** @throws CommandFailure if the file does not exist */
  constructor(options: InputOptions, stdin: Readable) {
    const { path } = options;
    this.#options = options;
    this.name = path === "-" ? "stdin" : path;
    if (path === "-") {
      this.#stream = stdin;
      return;
    }
    try {
      const stat = statSync(path);
      if (stat.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
      this.size = stat.isFile() ? stat.size : undefined;
    } catch (error) {
      throw usage(`${path}: ${fileProblem(error)}`, { cause: error });
    }
    this.#stream = createReadStream(path, { highWaterMark: 128 * 1024 });
  }

  /**
   * Reads the first lines, and determines their format.
   *
   * @throws CommandFailure for an empty file, and for an invalid header or template
   */
  async open(): Promise<{ format: Format; blocks: AsyncGenerator<EntryBlock> }> {
    const lines = this.#lines();
    const first: LineBlock[] = [];
    let line: Line | undefined;
    while (line === undefined) {
      const { done, value } = await lines.next();
      if (done) throw usage(`${this.name}: the file is empty`);
      first.push(value);
      line = value.lines[0];
    }
    const foreign = foreignFormat(line.bytes);
    if (foreign !== undefined) throw usage(`${this.name}: ${foreign}`);
    const format = this.#options.format ?? guessFormat(line, this.name, this.#options.tokenColumn);
    const reader = this.#reader(format, line);
    return { format, blocks: this.#entries(first, lines, reader, format === "csv" ? 1 : 0) };
  }

  /** Stops reading. A reader that waits for more of stdin ends as at the end of the input. */
  close(): void {
    this.#closed = true;
    this.#stream.destroy();
  }

  async *#lines(): AsyncGenerator<LineBlock> {
    try {
      yield* lineBlocks(this.#stream);
    } catch (error) {
      if (this.#closed) return;
      throw usage(`${this.name}: ${fileProblem(error)}`, { cause: error });
    }
  }

  #reader(format: Format, first: Line): LineReader {
    const { template, tokenColumn } = this.#options;
    if (format === "ndjson") {
      if (template !== undefined)
        throw usage("--template goes with CSV and lists of tokens, not with NDJSON");
      return new NdjsonReader();
    }
    if (template === undefined) {
      throw usage(`${this.name} is read as ${format}, which needs --template; --format names another format`);
    }
    if (format === "csv") return new CsvReader(first, this.name, tokenColumn, template);
    return new TokenListReader(new Template(template, []));
  }

  async *#entries(
    first: readonly LineBlock[],
    lines: AsyncGenerator<LineBlock>,
    reader: LineReader,
    header: number,
  ): AsyncGenerator<EntryBlock> {
    const skip = Math.max(header, this.#options.skip);
    let bytes = 0;
    const read = (block: LineBlock): EntryBlock => {
      bytes += block.bytes;
      const last = block.lines.at(-1)?.number ?? 0;
      const left = last <= skip ? [] : block.lines.filter(({ number }) => number > skip);
      return { entries: reader.read(left), bytes };
    };
    for (const block of first) yield read(block);
    for await (const block of lines) yield read(block);
    yield { entries: reader.end(), bytes };
  }
}

/** What a file is that cannot be read line by line, and what to do about it, by its first line. */
function foreignFormat(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 4)).toString("latin1");
  if (/^(?:\xff\xfe|\xfe\xff)/.test(start)) return "the file is UTF-16; save it as UTF-8";
  if (start.startsWith("\x1f\x8b"))
    return "the file is compressed; give what gunzip -c makes of it, by stdin";
  if (start.startsWith("PK\x03\x04")) return "the file is a zip archive or a spreadsheet; save it as CSV";
  if (bytes.includes(0)) return "the file holds NUL bytes: it is binary, or UTF-16; save it as UTF-8";
  const text = Buffer.from(bytes).toString("latin1").trim();
  if (text === "{" || text.startsWith("[")) {
    return "the file is JSON, but not NDJSON: each line must be one object; jq -c makes such lines";
  }
  return undefined;
}

/** By the file's name if possible, otherwise by the first line. */
export function guessFormat(first: Line, name: string, tokenColumn: string): Format {
  if (/\.(?:ndjson|jsonl)$/i.test(name)) return "ndjson";
  if (/\.(?:csv|tsv)$/i.test(name)) return "csv";
  const text = Buffer.from(first.bytes).toString("latin1").trim();
  if (text.startsWith("{")) return "ndjson";
  if (/[,;\t]/.test(text) || text === tokenColumn) return "csv";
  return "tokens";
}

export { InvalidLine };
