import { type FileHandle, open, readFile, rename, writeFile } from "node:fs/promises";
import { GatewayStateFailed } from "../errors.ts";

/** One line of the file: a dead token was added, or was delivered and removed. */
export type FeedbackRecord = readonly [
  change: "+" | "-",
  app: string,
  /** Lower-case hexadecimal. */
  token: string,
  /** Whole seconds since 1970. */
  timestamp: number,
];

/** Outdated lines that a file may have before it is rewritten. */
const SLACK = 10_000;

/** The file behind a feedback list: appended lines of JSON, rewritten when most of them are outdated. */
export class FeedbackJournal {
  readonly #path: string;
  #file: FileHandle;
  #lines: number;
  #pending: FeedbackRecord[] = [];
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined = undefined;

  private constructor(path: string, file: FileHandle, lines: number) {
    this.#path = path;
    this.#file = file;
    this.#lines = lines;
  }

  /**
   * Reads a file, or makes it, and opens it for appending. A last line without its end is dropped: the process before was
   * killed while it wrote.
   *
   * @throws GatewayStateFailed for a file that cannot be read or written, or holds other lines
   */
  static async open(path: string): Promise<{ journal: FeedbackJournal; records: FeedbackRecord[] }> {
    try {
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return "";
        throw error;
      });
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      if (whole.length < text.length) await writeFile(path, whole, { mode: 0o600 });
      const lines = whole.split("\n").slice(0, -1);
      const records = lines.map((line, index) => parse(line, index + 1, path));
      return { journal: new FeedbackJournal(path, await open(path, "a", 0o600), lines.length), records };
    } catch (error) {
      throw asStateFailure(error, path);
    }
  }

  /** Appends records; they are on the disk when {@link FeedbackJournal.flush} resolves. */
  append(records: readonly FeedbackRecord[]): void {
    if (records.length === 0) return;
    const isWriting = this.#pending.length > 0;
    this.#pending.push(...records);
    if (!isWriting) this.#enqueue(() => this.#write());
  }

  /** Whether the file has too many outdated lines. @param live records that are alive */
  isBloated(live: number): boolean {
    return this.#lines > 2 * live + SLACK;
  }

  /** Rewrites the file with only these records. */
  rewrite(records: readonly FeedbackRecord[]): void {
    this.#lines = records.length;
    this.#pending = [];
    const text = textOf(records);
    this.#enqueue(async () => {
      await writeFile(`${this.#path}.new`, text, { mode: 0o600, flush: true });
      await rename(`${this.#path}.new`, this.#path);
      await this.#file.close();
      this.#file = await open(this.#path, "a", 0o600);
    });
  }

  /** Resolves when everything is on the disk. @throws GatewayStateFailed */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #write(): Promise<void> {
    const records = this.#pending;
    this.#pending = [];
    if (records.length === 0) return;
    this.#lines += records.length;
    await this.#file.appendFile(textOf(records));
    await this.#file.datasync();
  }

  #enqueue(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).catch((error: unknown) => {
      this.#failure ??= asStateFailure(error, this.#path);
    });
  }
}

function textOf(records: readonly FeedbackRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

function parse(line: string, number: number, path: string): FeedbackRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (isRecord(value)) return value;
  throw new GatewayStateFailed(`${path}: line ${number} is no feedback record: correct or remove it`);
}

function isRecord(value: unknown): value is FeedbackRecord {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [change, app, token, timestamp] = value as unknown[];
  return (
    (change === "+" || change === "-") &&
    typeof app === "string" &&
    typeof token === "string" &&
    /^(?:[0-9a-f]{2}){1,100}$/.test(token) &&
    Number.isSafeInteger(timestamp)
  );
}

function asStateFailure(error: unknown, path: string): GatewayStateFailed {
  if (error instanceof GatewayStateFailed) return error;
  const { code = "unknown error" } = error as NodeJS.ErrnoException;
  return new GatewayStateFailed(`${path} cannot be read or written (${code})`, { cause: error });
}
