import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { inspect } from "node:util";
import { RegistrationsError } from "../errors.ts";
import { lockFile } from "./file-lock.ts";
import { Journal } from "./journal.ts";
import { MemoryRegistrations } from "./memory-registrations.ts";
import type { Changes, ItemKey, Registration, Registrations } from "./registrations.ts";

/** The first line of each file. */
const HEAD = { file: "apnskit registrations", version: 1 } as const;
/** A file is rewritten at opening if it has this many lines more than twice the necessary number. */
const SLACK = 1_000;
const FOREIGN = "is not a file of registrations";

/** A step, or a part of the state at the last rewriting of the file. */
type Line =
  | { readonly do: "register"; readonly with: Registration }
  | { readonly do: "unregister"; readonly device: string; readonly type: string; readonly id: string }
  | { readonly do: "change"; readonly type: string; readonly ids: readonly string[]; readonly now: number }
  | { readonly do: "drop"; readonly type: string; readonly token: string; readonly until: number }
  | { readonly is: "registration"; readonly with: Registration; readonly tag: number }
  | {
      readonly is: "change";
      readonly type: string;
      readonly id: string;
      readonly tag: number;
      readonly modified: number;
    }
  | { readonly is: "counter"; readonly counter: number };

/**
 * Keeps registrations in one file, for one process, with nothing to install. It also keeps everything in
 * memory: about 1 KB for each registration. When a method has returned, its change survives a loss of power.
 */
export class FileRegistrations implements Registrations, AsyncDisposable {
  readonly #memory: MemoryRegistrations;
  readonly #journal: Journal;
  readonly #unlock: () => void;
  #closed = false;

  private constructor(memory: MemoryRegistrations, journal: Journal, unlock: () => void) {
    this.#memory = memory;
    this.#journal = journal;
    this.#unlock = unlock;
  }

  /**
   * Opens a file, or creates it.
   *
   * @throws RegistrationsError `ERR_APNS_REGISTRATIONS_IN_USE` if another process has it open,
   *   `ERR_APNS_REGISTRATIONS_UNREADABLE` for a file that cannot be read or has other content
   */
  static async open(path: string): Promise<FileRegistrations> {
    const unlock = lockFile(path);
    let opened: Journal | undefined;
    try {
      const { journal, lines, rest } = Journal.open(path);
      opened = journal;
      if (lines.length === 0 && !isLeftOfHead(rest)) throw unreadable(`${path} ${FOREIGN}`);
      const memory = new MemoryRegistrations();
      const steps = replay(memory, lines, path);
      journal.begin();
      if (lines.length === 0) await journal.append(JSON.stringify(HEAD));
      if (steps <= 2 * lengthOf(memory) + SLACK) return new FileRegistrations(memory, journal, unlock);
      await journal.close();
      writeAnew(path, memory);
      opened = Journal.open(path).journal;
      opened.begin();
      return new FileRegistrations(memory, opened, unlock);
    } catch (error) {
      await opened?.close();
      unlock();
      throw error;
    }
  }

  /** @internal */
  [inspect.custom](): string {
    return `FileRegistrations(${this.size} registrations)`;
  }

  /** The number of registrations. */
  get size(): number {
    return this.#memory.size;
  }

  /** @throws RegistrationsError `ERR_APNS_REGISTRATIONS_WRITE` or `ERR_APNS_REGISTRATIONS_CLOSED` */
  async register(registration: Registration): Promise<boolean> {
    const isNew = this.#memory.register(registration);
    await this.#append({ do: "register", with: registration });
    return isNew;
  }

  /** @throws RegistrationsError as {@link FileRegistrations.register} */
  async unregister(device: string, item: ItemKey): Promise<boolean> {
    const found = this.#memory.unregister(device, item);
    if (found) await this.#append({ do: "unregister", device, type: item.type, id: item.id });
    return found;
  }

  changedSince(device: string, type: string, since: string | undefined): Changes {
    return this.#memory.changedSince(device, type, since);
  }

  /** @throws RegistrationsError as {@link FileRegistrations.register} */
  async markChanged(type: string, ids: readonly string[], now: number): Promise<void> {
    this.#memory.markChanged(type, ids, now);
    await this.#append({ do: "change", type, ids, now });
  }

  lastModified(item: ItemKey): number | undefined {
    return this.#memory.lastModified(item);
  }

  holders(type: string, ids: readonly string[]): Iterable<Registration> {
    return this.#memory.holders(type, ids);
  }

  /** @throws RegistrationsError as {@link FileRegistrations.register} */
  async dropToken(type: string, pushToken: string, until: number): Promise<number> {
    const dropped = this.#memory.dropToken(type, pushToken, until);
    if (dropped > 0) await this.#append({ do: "drop", type, token: pushToken, until });
    return dropped;
  }

  /** Waits for pending writes, then closes and unlocks the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#journal.close();
    this.#unlock();
  }

  /** As {@link FileRegistrations.close}: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #append(line: Line): Promise<void> {
    return this.#journal.append(JSON.stringify(line));
  }
}

/** @returns the number of steps. @throws RegistrationsError */
function replay(memory: MemoryRegistrations, lines: readonly string[], path: string): number {
  let steps = 0;
  lines.forEach((text, index) => {
    try {
      const value = JSON.parse(text) as Line | readonly Line[];
      if (index === 0 && !isHead(value)) throw new SyntaxError("another file");
      if (index === 0) return;
      for (const line of [value].flat()) {
        apply(memory, line);
        steps++;
      }
    } catch (cause) {
      throw unreadable(`${path} ${index === 0 ? FOREIGN : `is damaged at line ${index + 1}`}`, cause);
    }
  });
  return steps;
}

function unreadable(what: string, cause?: unknown): RegistrationsError {
  const message = `${what}; restore it from a copy, or move it away`;
  return new RegistrationsError("ERR_APNS_REGISTRATIONS_UNREADABLE", message, { cause });
}

/** Whether a file without a complete line is new, or its first line did not reach the disk whole. */
function isLeftOfHead(rest: string): boolean {
  const head = `${JSON.stringify(HEAD)}\n`;
  return Array.from(rest).every((character, at) => character === "\0" || character === head[at]);
}

function isHead(line: object): boolean {
  const { file, version } = line as Partial<Record<keyof typeof HEAD, unknown>>;
  return file === HEAD.file && version === HEAD.version;
}

function apply(memory: MemoryRegistrations, line: Line): void {
  if ("do" in line) {
    switch (line.do) {
      case "register":
        memory.register(line.with);
        return;
      case "unregister":
        memory.unregister(line.device, line);
        return;
      case "change":
        memory.markChanged(line.type, line.ids, line.now);
        return;
      case "drop":
        memory.dropToken(line.type, line.token, line.until);
        return;
    }
  }
  switch (line.is) {
    case "registration":
      memory.enter({ registration: line.with, tag: line.tag });
      return;
    case "change":
      memory.restoreChange(line, { tag: line.tag, modified: line.modified });
      return;
    case "counter":
      memory.restore(line.counter);
      return;
  }
  throw new SyntaxError("a line of another version");
}

function* linesOf(memory: MemoryRegistrations): Generator<object> {
  const { counter, entries, changes } = memory.state();
  yield HEAD;
  for (const { registration, tag } of entries) yield { is: "registration", with: registration, tag };
  for (const [{ type, id }, change] of changes) yield { is: "change", type, id, ...change };
  yield { is: "counter", counter };
}

function lengthOf(memory: MemoryRegistrations): number {
  return Array.from(linesOf(memory)).length;
}

/** The new file replaces the old one in one step, so a complete file exists at any time. */
function writeAnew(path: string, memory: MemoryRegistrations): void {
  const next = `${path}.new`;
  const descriptor = openSync(next, "w", 0o600);
  try {
    for (const line of linesOf(memory)) writeSync(descriptor, `${JSON.stringify(line)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(next, path);
}
