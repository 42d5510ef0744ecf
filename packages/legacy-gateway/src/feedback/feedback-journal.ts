import { type FileHandle, open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { GatewayStateFailed } from "../errors.ts";

/** A dead token was added, or was delivered and removed. */
export type FeedbackRecord = readonly [
  change: "+" | "-",
  app: string,
  /** Lower-case hexadecimal. */
  token: string,
  /** Whole seconds since 1970. */
  timestamp: number,
];

/** Each line begins with this octet: `[`. */
const FIRST_OCTET = 0x5b;
/** Outdated records that a file may have before it is rewritten. */
const SLACK = 10_000;

/**
 * The file behind a feedback list: appended lines of JSON, rewritten when most of them are outdated. Records that are
 * written together are one line, so a failure of the power can damage the last line only.
 */
export class FeedbackJournal {
  readonly #path: string;
  #file: FileHandle;
  #records: number;
  #pending: FeedbackRecord[] = [];
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined = undefined;

  private constructor(path: string, file: FileHandle, records: number) {
    this.#path = path;
    this.#file = file;
    this.#records = records;
  }

  /**
   * Reads a file, or makes it, and opens it for appending. A last line that is not whole is cut off: the process before
   * was killed while it wrote, or the power failed.
   *
   * @throws GatewayStateFailed for a file that cannot be read or written, or holds other lines
   */
  static async open(path: string): Promise<{ journal: FeedbackJournal; records: FeedbackRecord[] }> {
    try {
      const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return Buffer.alloc(0);
        throw error;
      });
      const end = endOfWholeLines(content);
      const lines = content.toString("utf8", 0, end).split("\n").slice(0, -1);
      const records = lines.flatMap((line, index) => parse(line, index + 1, path));
      requireTornLine(content.subarray(end), lines.length + 1, path);
      const file = await open(path, "a", 0o600);
      try {
        await file.truncate(end);
        // The process before may have been killed between a write and its sync.
        await file.sync();
      } catch (error) {
        await file.close();
        throw error;
      }
      await syncFolder(dirname(path));
      return { journal: new FeedbackJournal(path, file, records.length), records };
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

  /** Whether the file has too many outdated records. @param live records that are alive */
  isBloated(live: number): boolean {
    return this.#records > 2 * live + SLACK;
  }

  /** Rewrites the file with only these records. */
  rewrite(records: readonly FeedbackRecord[]): void {
    this.#records = records.length;
    this.#pending = [];
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
    this.#enqueue(async () => {
      await writeFile(`${this.#path}.new`, text, { mode: 0o600, flush: true });
      await rename(`${this.#path}.new`, this.#path);
      await syncFolder(dirname(this.#path));
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
    this.#records += records.length;
    await this.#file.appendFile(`${JSON.stringify(records.length === 1 ? records[0] : records)}\n`);
    await this.#file.datasync();
  }

  #enqueue(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).catch((error: unknown) => {
      this.#failure ??= asStateFailure(error, this.#path);
    });
  }
}

/** A last line with octets that the power took does not count. They read as zeros, and JSON has none. */
function endOfWholeLines(content: Buffer): number {
  const end = content.lastIndexOf(0x0a) + 1;
  if (end === 0) return 0;
  const last = content.subarray(0, end - 1).lastIndexOf(0x0a) + 1;
  return content.subarray(last, end).includes(0) ? last : end;
}

/** @throws GatewayStateFailed for octets that cannot be the beginning of a line: they belong to another file */
function requireTornLine(octets: Buffer, number: number, path: string): void {
  if (octets.length > 0 && octets[0] !== 0 && octets[0] !== FIRST_OCTET) throw strange(number, path);
}

/** Makes a name in a folder durable. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    await folder.sync().finally(() => folder.close());
  } catch {
    // Windows cannot open folders, and some file systems cannot sync them.
  }
}

/** @throws GatewayStateFailed */
function parse(line: string, number: number, path: string): FeedbackRecord[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (isRecord(value)) return [value];
  if (Array.isArray(value) && value.length > 0 && value.every(isRecord)) return value;
  throw strange(number, path);
}

function strange(number: number, path: string): GatewayStateFailed {
  return new GatewayStateFailed(`${path}: line ${number} is no feedback record: correct or remove it`);
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
