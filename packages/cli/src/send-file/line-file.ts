import { createWriteStream, openSync } from "node:fs";
import type { Writable } from "node:stream";
import { fileProblem, usage } from "../failure.ts";

/** Lines are gathered up to this many characters before they are written. */
const BATCH = 64 * 1024;
/** … and not kept longer than this many milliseconds. */
const PATIENCE = 250;

/** A file that lines are appended to while a command runs. */
export class LineFile {
  readonly #name: string;
  readonly #stream: Writable;
  readonly #owned: boolean;
  readonly #timer: NodeJS.Timeout;
  #batch = "";
  #drained: Promise<void> | undefined;
  #error: unknown;
  #closing: Promise<void> | undefined;

  private constructor(name: string, stream: Writable, owned: boolean) {
    this.#name = name;
    this.#stream = stream;
    this.#owned = owned;
    stream.on("error", (error) => {
      this.#error ??= error;
    });
    this.#timer = setInterval(() => this.#flush(), PATIENCE);
    this.#timer.unref();
  }

  /**
   * Opens a file that does not exist yet, or goes on in one.
   *
   * @param flag the option that names it, for errors
   * @throws CommandFailure when it exists although `append` is false, and when it cannot be opened
   */
  static open(path: string, flag: string, append: boolean, stdout: Writable): LineFile {
    if (path === "-") return new LineFile("stdout", stdout, false);
    try {
      const fd = openSync(path, append ? "a" : "wx");
      return new LineFile(`${flag} ${path}`, createWriteStream("", { fd }), true);
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
      const why = exists ? "the file exists; --append goes on in it" : fileProblem(error);
      throw usage(`${flag} ${path}: ${why}`, { cause: error });
    }
  }

  /** What went wrong with it, if anything did: what is written then is lost. */
  get failure(): Error | undefined {
    if (this.#error === undefined) return undefined;
    return usage(`${this.#name}: ${fileProblem(this.#error)}`, { cause: this.#error });
  }

  /** Adds a line; a promise comes back while the file is slower than the lines. */
  write(line: string): Promise<void> | undefined {
    this.#batch += `${line}\n`;
    if (this.#batch.length >= BATCH) this.#flush();
    return this.#drained;
  }

  /** Writes what is left; may be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    this.#flush();
    if (this.#error !== undefined) return;
    await new Promise<void>((resolve) => {
      if (this.#owned) {
        this.#stream.once("error", () => resolve());
        this.#stream.end(() => resolve());
      } else this.#stream.write("", () => resolve());
    });
  }

  #flush(): void {
    if (this.#batch === "" || this.#error !== undefined) return;
    const more = this.#stream.write(this.#batch);
    this.#batch = "";
    if (more || this.#drained !== undefined) return;
    this.#drained = new Promise((resolve) => {
      const go = () => {
        this.#stream.off("drain", go).off("error", go).off("close", go);
        this.#drained = undefined;
        resolve();
      };
      this.#stream.on("drain", go).on("error", go).on("close", go);
    });
  }
}
