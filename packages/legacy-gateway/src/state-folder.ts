import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GatewayStateFailed } from "./errors.ts";

const LOCK = "gateway.lock";

/** Folders that this process holds. */
const held = new Set<string>();

/**
 * The folder with the state that survives a gateway. Only one gateway may use it: two would deliver each
 * other's feedback again, and would not absorb each other's repetitions.
 */
export class StateFolder {
  readonly path: string;

  /** Makes the folder, for its owner only, and locks it. @throws GatewayStateFailed */
  constructor(path: string) {
    this.path = path;
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw this.#failure("cannot be made", error);
    }
    this.#lock();
  }

  /** The path of a file in it. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** The JSON in a file; `undefined` if there is none. @throws GatewayStateFailed */
  read(name: string): unknown {
    let text: string;
    try {
      text = readFileSync(this.file(name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw this.#failure(`holds ${name}, which cannot be read`, error);
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.#failure(`holds ${name}, which is not JSON: remove the file to begin anew`, error);
    }
  }

  /** Writes JSON to a file atomically. @throws GatewayStateFailed */
  write(name: string, value: unknown): void {
    const file = this.file(name);
    try {
      writeFileSync(`${file}.new`, `${JSON.stringify(value)}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch (error) {
      throw this.#failure(`holds ${name}, which cannot be written`, error);
    }
  }

  /** Removes a file, if it is there. */
  remove(name: string): void {
    rmSync(this.file(name), { force: true });
  }

  /** Releases the folder. */
  unlock(): void {
    this.remove(LOCK);
    held.delete(this.path);
  }

  #lock(): void {
    for (let attempt = 1; ; attempt++) {
      try {
        writeFileSync(this.file(LOCK), String(process.pid), { flag: "wx", mode: 0o600 });
        held.add(this.path);
        return;
      } catch (error) {
        const isTaken = (error as NodeJS.ErrnoException).code === "EEXIST";
        if (!isTaken) throw this.#failure("cannot be written to", error);
        if (attempt > 1 || this.#ownerLives()) {
          throw this.#failure("is in use by another gateway: stop it, or give each its own folder", error);
        }
        // Its owner was killed.
        this.remove(LOCK);
      }
    }
  }

  #ownerLives(): boolean {
    const owner = Number(readFileSync(this.file(LOCK), "utf8"));
    // In a container, every start has the same process id.
    if (!Number.isInteger(owner) || owner <= 0 || (owner === process.pid && !held.has(this.path)))
      return false;
    if (owner === process.pid) return true;
    try {
      process.kill(owner, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EPERM";
    }
  }

  #failure(problem: string, cause: unknown): GatewayStateFailed {
    const { code } = cause as NodeJS.ErrnoException;
    const why = typeof code === "string" && code !== "EEXIST" ? ` (${code})` : "";
    return new GatewayStateFailed(`the state folder ${this.path} ${problem}${why}`, { cause });
  }
}
