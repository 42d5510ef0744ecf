import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  write,
} from "node:fs";
import { dirname } from "node:path";
import { RegistrationsError } from "../errors.ts";

/** How bytes get to the disk: the system's functions, except in tests. */
export type JournalIo = Pick<typeof import("node:fs"), "write" | "fdatasync" | "fsyncSync">;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: RegistrationsError) => void;
}

/** What a file holds. */
export interface Opened {
  readonly journal: Journal;
  /** Complete lines. A line with several steps is an array of them. */
  readonly lines: readonly string[];
  /** What follows them: usually nothing. A line that was being written when the process or the power failed. */
  readonly rest: string;
}

/**
 * Appends steps to a file, as lines of JSON. Steps that arrive during a write leave together in one line, with one
 * `fdatasync` for all of them: so a failure of the power can damage the last line only.
 */
export class Journal {
  readonly #descriptor: number;
  readonly #path: string;
  readonly #io: JournalIo;
  /** Octets of the complete lines, when the file was opened. */
  readonly #end: number;
  #steps: string[] = [];
  #waiting: Waiting[] = [];
  #writing = false;
  #failure: RegistrationsError | undefined;

  private constructor(descriptor: number, path: string, io: JournalIo, end: number) {
    this.#descriptor = descriptor;
    this.#path = path;
    this.#io = io;
    this.#end = end;
  }

  /**
   * Opens a file for appending, and creates it if it does not exist. Its content stays as it is until
   * {@link Journal.begin}.
   *
   * @throws RegistrationsError `ERR_APNS_REGISTRATIONS_UNREADABLE`
   */
  static open(path: string, io: JournalIo = { write, fdatasync, fsyncSync }): Opened {
    let descriptor: number | undefined;
    try {
      // Push tokens and device names are private.
      descriptor = openSync(path, "a+", 0o600);
      // A device such as /dev/zero has no end.
      if (!fstatSync(descriptor).isFile()) throw Object.assign(new Error(), { code: "not a file" });
      const content = readFileSync(path);
      const end = endOfWholeLines(content);
      const journal = new Journal(descriptor, path, io, end);
      const lines = content.toString("utf8", 0, end).split("\n").slice(0, -1);
      return { journal, lines, rest: content.toString("utf8", end) };
    } catch (cause) {
      if (descriptor !== undefined) closeSync(descriptor);
      throw unopenable(path, cause);
    }
  }

  /**
   * Cuts off what follows the last complete line, and makes the file and its name durable. To be called once, before the
   * first step: the last process may have been killed between a write and its `fdatasync`.
   *
   * @throws RegistrationsError `ERR_APNS_REGISTRATIONS_UNREADABLE`
   */
  begin(): void {
    try {
      ftruncateSync(this.#descriptor, this.#end);
      this.#io.fsyncSync(this.#descriptor);
      syncFolder(dirname(this.#path));
    } catch (cause) {
      throw unopenable(this.#path, cause);
    }
  }

  /**
   * Appends a step.
   *
   * @param step JSON
   * @returns resolves once it is on the disk; rejects with RegistrationsError if it may not be
   */
  append(step: string): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#steps.push(step);
      this.#waiting.push({ resolve, reject });
      if (!this.#writing) this.#flush();
    });
  }

  /** Waits for the appended lines, then closes the file. */
  async close(): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      if (!this.#writing) resolve();
      else this.#waiting.push({ resolve, reject: () => resolve() });
    });
    await settled;
    if (this.#failure?.code !== "ERR_APNS_REGISTRATIONS_CLOSED") closeSync(this.#descriptor);
    this.#failure = new RegistrationsError(
      "ERR_APNS_REGISTRATIONS_CLOSED",
      `the file of registrations ${this.#path} was closed`,
    );
  }

  #flush(): void {
    const [first, ...more] = this.#steps;
    const bytes = Buffer.from(more.length === 0 ? `${first}\n` : `[${this.#steps.join(",")}]\n`);
    const waiting = this.#waiting;
    this.#steps = [];
    this.#waiting = [];
    this.#writing = true;
    this.#write(bytes, (cause) => {
      this.#writing = false;
      if (cause !== null) {
        this.#fail(cause, waiting);
        return;
      }
      for (const { resolve } of waiting) resolve();
      if (this.#waiting.length > 0) this.#flush();
    });
  }

  #write(bytes: Buffer, done: (cause: Error | null) => void): void {
    this.#io.write(this.#descriptor, bytes, 0, bytes.length, null, (cause, written) => {
      if (cause !== null) done(cause);
      else if (written < bytes.length) this.#write(bytes.subarray(written), done);
      else this.#io.fdatasync(this.#descriptor, done);
    });
  }

  /** After a failed write the file may end in half a line, so nothing more is written. */
  #fail(cause: Error, waiting: readonly Waiting[]): void {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    const message = `the file of registrations ${this.#path} cannot be written (${code}); open it again`;
    this.#failure = new RegistrationsError("ERR_APNS_REGISTRATIONS_WRITE", message, { cause });
    for (const { reject } of [...waiting, ...this.#waiting]) reject(this.#failure);
    this.#steps = [];
    this.#waiting = [];
  }
}

/** A last line with octets that the power took does not count. They read as zeros, and JSON has none. */
function endOfWholeLines(content: Buffer): number {
  const end = content.lastIndexOf(0x0a) + 1;
  if (end === 0) return 0;
  const last = content.subarray(0, end - 1).lastIndexOf(0x0a) + 1;
  return content.subarray(last, end).includes(0) ? last : end;
}

/** Makes a name in a folder durable. */
function syncFolder(path: string): void {
  try {
    const descriptor = openSync(path, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Windows cannot open folders, and some file systems cannot sync them.
  }
}

function unopenable(path: string, cause: unknown): RegistrationsError {
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
  const message = `the file of registrations ${path} cannot be opened (${code})`;
  return new RegistrationsError("ERR_APNS_REGISTRATIONS_UNREADABLE", message, { cause });
}
