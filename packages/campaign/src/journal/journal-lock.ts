import { createHash, randomUUID } from "node:crypto";
import { JournalInUse } from "../errors.ts";
import type { Machine } from "./machine.ts";

/** Who has a journal, as it stands in the file beside it. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as Linux counts; tells it from a later one with the same number. */
  readonly started: string | undefined;
  /** Tells this claim from others of the same process. */
  readonly claim: string;
}

/** Attempts to take a lock whose owner is gone, while others try the same. */
const ATTEMPTS = 5;

/**
 * A file beside the journal that names the process which has it. A process that was killed leaves it behind: then the
 * next one sees that its owner is gone, and takes it.
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
    throw new JournalInUse(journal, 0, ": several processes try to take it; try again");
  }

  /** Whether a living process has the journal. */
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

  /** Whether the file still names this claim. */
  async isHeld(): Promise<boolean> {
    return (await this.#machine.contentOf(this.#path)) === this.#content;
  }

  async release(): Promise<void> {
    this.#machine.claims.delete(this.#claim);
    if (await this.isHeld()) await this.#machine.unlink(this.#path).catch(() => {});
  }
}

/** Makes the lock, content and all, in one step. @returns false when there is one */
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
 * Puts a lock in the place of one whose owner is gone. Of many that try, one gets the right to replace that very lock: a
 * file beside it whose name follows from the lock's content. A lock that is newer is never touched.
 *
 * @returns false when it has changed meanwhile
 * @throws JournalInUse when its owner lives, or may live
 */
async function takenOver(path: string, journal: string, draft: string, machine: Machine): Promise<boolean> {
  const content = await machine.contentOf(path);
  if (content === undefined) return false;
  await requireGone(content, journal, path, machine);
  const right = `${path}.${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
  if (!(await linked(draft, right, machine))) {
    const other = await machine.contentOf(right);
    if (other === undefined) return false;
    await requireGone(other, journal, right, machine);
    // It was killed in between.
    await machine.unlink(right).catch(() => {});
    return false;
  }
  try {
    if ((await machine.contentOf(path)) !== content) return false;
    await machine.rename(draft, path);
    return true;
  } finally {
    await machine.unlink(right).catch(() => {});
  }
}

async function requireGone(content: string, journal: string, path: string, machine: Machine): Promise<void> {
  const owner = readOwner(content);
  if (owner === undefined)
    throw new JournalInUse(journal, 0, `: ${path} cannot be understood; remove it if not`);
  const { pid, host, started, claim } = owner;
  if (host !== machine.host) {
    throw new JournalInUse(journal, pid, ` on the host ${host}; if that is gone, remove ${path}`);
  }
  if (machine.claims.has(claim)) throw new JournalInUse(journal, pid, ", which is this one");
  if (!machine.isAlive(pid)) return;
  const now = await machine.startOf(pid);
  // Without a time, the number alone would be this process's own after a restart in a container.
  if (now === undefined ? pid === machine.pid : now !== started) return;
  throw new JournalInUse(journal, pid, "; wait for its end, or stop it");
}

function readOwner(content: string): Owner | undefined {
  try {
    const owner = JSON.parse(content) as Owner;
    return Number.isSafeInteger(owner.pid) && typeof owner.host === "string" ? owner : undefined;
  } catch {
    return undefined;
  }
}
