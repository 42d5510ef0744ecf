import { createHash, randomUUID } from "node:crypto";
import { JournalInUse } from "../errors.ts";
import type { Machine } from "./machine.ts";

/** The owner of a journal, as stored in the lock file. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in Linux's units. It tells the process from a later process with the same id. */
  readonly started: string | undefined;
  /** Tells this claim from other claims of the same process. */
  readonly claim: string;
}

/** Attempts to take over an abandoned lock while other processes try the same. */
const ATTEMPTS = 5;

/**
 * A file beside the journal that names the process that uses the journal. A killed process leaves the file
 * behind. The next process sees that the owner is gone, and takes the lock over.
 */
export class JournalLock {
  readonly #path: string;
  readonly #content: string;
  readonly #claim: string;
  readonly #machine: Machine;

  private constructor(path: string, content: string, claim: string, machine: Machine) {
    this.#path = path;
    this.#content = content;
    this.#claim = claim;
    this.#machine = machine;
  }

  /** @throws JournalInUse */
  static async take(journal: string, machine: Machine): Promise<JournalLock> {
    const path = `${journal}.lock`;
    const claim = randomUUID();
    const { pid, host } = machine;
    const owner: Owner = { pid, host, started: await machine.startOf(pid), claim };
    const content = JSON.stringify(owner);
    const draft = `${path}.${claim}`;
    await machine.create(draft, content);
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if ((await linked(draft, path, machine)) || (await takenOver(path, journal, draft, machine))) {
          machine.claims.add(claim);
          return new JournalLock(path, content, claim, machine);
        }
      }
    } finally {
      await machine.unlink(draft).catch(() => {});
    }
    throw new JournalInUse(journal, 0, ": several processes compete for the journal; try again");
  }

  /** Whether a living process uses the journal. */
  static async isTaken(journal: string, machine: Machine): Promise<boolean> {
    const path = `${journal}.lock`;
    const content = await machine.contentOf(path);
    if (content === undefined) return false;
    try {
      await requireGone(content, journal, path, machine);
      return false;
    } catch {
      return true;
    }
  }

  /** Whether the lock file still names this claim. */
  async isHeld(): Promise<boolean> {
    // Each asynchronous step waits for a turn of the event loop. Under load, those took most of an append's time, and they
    // left a longer time for another process between this look and the write.
    const now = this.#machine.contentAtOnce?.(this.#path);
    return (now ?? (await this.#machine.contentOf(this.#path))) === this.#content;
  }

  async release(): Promise<void> {
    this.#machine.claims.delete(this.#claim);
    if (await this.isHeld()) await this.#machine.unlink(this.#path).catch(() => {});
  }
}

/**
 * Creates the lock with its content in one step.
 *
 * @returns false if a lock exists
 */
async function linked(draft: string, path: string, machine: Machine): Promise<boolean> {
  try {
    await machine.link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Replaces a lock whose owner is gone. Of several processes that try, only one gets the right to replace that
 * lock. The right is a file beside the lock, whose name derives from the lock's content. So no process
 * replaces a newer lock. A right whose owner is gone is a lock like that, and is taken over in the same way:
 * a process that removed it could remove the right of the next owner.
 *
 * @returns false if the lock has changed meanwhile
 * @throws JournalInUse when the owner lives, or may live
 */
async function takenOver(path: string, journal: string, draft: string, machine: Machine): Promise<boolean> {
  const content = await machine.contentOf(path);
  if (content === undefined) return false;
  await requireGone(content, journal, path, machine);
  const right = `${path}.${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
  if (!(await linked(draft, right, machine)) && !(await takenOver(right, journal, draft, machine)))
    return false;
  try {
    if ((await machine.contentOf(path)) !== content) return false;
    // The draft keeps its name: a right is followed by the lock itself.
    const copy = `${draft}.copy`;
    await machine.link(draft, copy);
    await machine.rename(copy, path);
    return true;
  } finally {
    await machine.unlink(right).catch(() => {});
  }
}

async function requireGone(content: string, journal: string, path: string, machine: Machine): Promise<void> {
  const owner = readOwner(content);
  if (owner === undefined)
    throw new JournalInUse(
      journal,
      0,
      `: the lock file ${path} is unreadable; remove it if no process uses the journal`,
    );
  const { pid, host, started, claim } = owner;
  if (host !== machine.host) {
    throw new JournalInUse(journal, pid, ` on the host ${host}; if that process has ended, remove ${path}`);
  }
  if (machine.claims.has(claim)) throw new JournalInUse(journal, pid, ", which is this process");
  if (!machine.isAlive(pid)) return;
  const now = await machine.startOf(pid);
  // Without a start time, a restarted container would find its own process id in the lock.
  if (now === undefined ? pid === machine.pid : now !== started) return;
  throw new JournalInUse(journal, pid, "; wait until that process ends, or stop it");
}

function readOwner(content: string): Owner | undefined {
  try {
    const owner = JSON.parse(content) as Owner;
    return Number.isSafeInteger(owner.pid) && typeof owner.host === "string" ? owner : undefined;
  } catch {
    return undefined;
  }
}
