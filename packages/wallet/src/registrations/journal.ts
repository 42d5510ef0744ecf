import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, readFileSync, write } from "node:fs";
import { RegistrationsError } from "../errors.ts";

/** How bytes get to the disk: the system's functions, except in tests. */
export type JournalIo = Pick<typeof import("node:fs"), "write" | "fdatasync">;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: RegistrationsError) => void;
}

/**
 * Appends lines of JSON to a file. Lines that arrive during a write leave together, with one `fdatasync` for
 * all of them.
 */
export class Journal {
  readonly #descriptor: number;
  readonly #path: string;
  readonly #io: JournalIo;
  #lines: string[] = [];
  #waiting: Waiting[] = [];
  #writing = false;
  #failure: RegistrationsError | undefined;

  private constructor(descriptor: number, path: string, io: JournalIo) {
    this.#descriptor = descriptor;
    this.#path = path;
    this.#io = io;
  }

  /**
   * Opens a file for appending, and creates it if it does not exist. A last line without its end was being
   * written when the power failed: its step has not returned, so the line is cut off.
   *
   * @returns the journal, and the existing lines
   * @throws RegistrationsError `ERR_APNS_REGISTRATIONS_UNREADABLE`
   */
  static open(
    path: string,
    io: JournalIo = { write, fdatasync },
  ): { readonly journal: Journal; readonly lines: readonly string[] } {
    let descriptor: number | undefined;
    try {
      // Push tokens and device names are private.
      descriptor = openSync(path, "a+", 0o600);
      // A device such as /dev/zero has no end.
      if (!fstatSync(descriptor).isFile()) throw Object.assign(new Error(), { code: "not a file" });
      const content = readFileSync(path);
      const end = content.lastIndexOf(0x0a) + 1;
      if (end < content.length) ftruncateSync(descriptor, end);
      const lines = content.toString("utf8", 0, end).split("\n").slice(0, -1);
      return { journal: new Journal(descriptor, path, io), lines };
    } catch (cause) {
      if (descriptor !== undefined) closeSync(descriptor);
      const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
      const message = `the file of registrations ${path} cannot be opened (${code})`;
      throw new RegistrationsError("ERR_APNS_REGISTRATIONS_UNREADABLE", message, { cause });
    }
  }

  /**
   * Appends a line.
   *
   * @returns resolves once it is on the disk; rejects with RegistrationsError if it may not be
   */
  append(line: string): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#lines.push(`${line}\n`);
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
    const bytes = Buffer.from(this.#lines.join(""));
    const waiting = this.#waiting;
    this.#lines = [];
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
    this.#lines = [];
    this.#waiting = [];
  }
}
