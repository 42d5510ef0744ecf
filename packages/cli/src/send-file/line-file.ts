import { createWriteStream, openSync, rmSync, statSync } from "node:fs";
import type { Writable } from "node:stream";
import { ExitCode } from "../exit-codes.ts";
import { CommandFailure, fileProblem, usage } from "../failure.ts";

/** Lines are buffered up to this many characters before they are written. */
const BATCH = 64 * 1024;
/** … and not kept longer than this many milliseconds. */
const PATIENCE = 250;

/** A file that gets lines while a command runs. */
export class LineFile {
  readonly #name: string;
  readonly #stream: Writable;
  readonly #owned: boolean;
  /** Takes back that the file was made. */
  readonly #undo: () => void;
  readonly #timer: NodeJS.Timeout;
  #batch = "";
  #drained: Promise<void> | undefined;
  #error: unknown;
  #closing: Promise<void> | undefined;

  private constructor(name: string, stream: Writable, owned: boolean, undo: () => void = () => {}) {
    this.#name = name;
    this.#stream = stream;
    this.#owned = owned;
    this.#undo = undo;
    stream.on("error", (error) => {
      this.#error ??= error;
    });
    this.#timer = setInterval(() => this.#flush(), PATIENCE);
    this.#timer.unref();
  }

  /**
   * Creates a file, or opens an existing one for appending. Devices and pipes may exist.
   *
   * @param flag the option that names it, for errors
   * @throws CommandFailure if it exists although `append` is false, and if it cannot be opened
   */
  static open(path: string, flag: string, append: boolean, stdout: Writable): LineFile {
    if (path === "-") return new LineFile("stdout", stdout, false);
    try {
      const kind = kindOf(path);
      const fd = openSync(path, append || kind === "other" ? "a" : "wx");
      const stream = createWriteStream("", { fd });
      return new LineFile(`${flag} ${path}`, stream, true, () => {
        stream.destroy();
        if (kind === "absent") rmSync(path, { force: true });
      });
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
      const why = exists ? "the file exists; --append goes on in it" : fileProblem(error);
      throw usage(`${flag} ${path}: ${why}`, { cause: error });
    }
  }

  /** The error of the file, if there was one: lines after it are lost. */
  get failure(): Error | undefined {
    if (this.#error === undefined) return undefined;
    // The reader of stdout has gone, such as `head`: that ends a command as Ctrl-C does.
    if (!this.#owned && (this.#error as NodeJS.ErrnoException).code === "EPIPE") {
      return new CommandFailure(ExitCode.interrupted, "the reader of stdout has gone");
    }
    return usage(`${this.#name}: ${fileProblem(this.#error)}`, { cause: this.#error });
  }

  /** Adds a line; returns a promise while the file is slower than the lines. */
  write(line: string): Promise<void> | undefined {
    this.#batch += `${line}\n`;
    if (this.#batch.length >= BATCH) this.#flush();
    return this.#drained;
  }

  /** Closes it before anything was written: a file that was made for it is removed. */
  abandon(): void {
    clearInterval(this.#timer);
    this.#closing ??= Promise.resolve();
    this.#undo();
  }

  /** Writes the rest; may be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    this.#flush();
    if (this.#error !== undefined) return;
    await new Promise<void>((resolve) => {
      // The stream tells this function of an error before it tells its listeners.
      const done = (error?: Error | null) => {
        this.#error ??= error ?? undefined;
        resolve();
      };
      if (this.#owned) this.#stream.end(done);
      else this.#stream.write("", done);
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

function kindOf(path: string): "file" | "absent" | "other" {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return "absent";
  return stat.isFile() ? "file" : "other";
}
