import { createHash, randomUUID } from "node:crypto";
import { link, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { JournalInUse } from "../errors.ts";

/** Who has a journal, as it stands in the file beside it. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as Linux counts; tells it from a later one with the same number. */
  readonly started: string | undefined;
  /** Tells this claim from others of the same process. */
  readonly claim: string;
}

/** Claims of this process, of all copies of this module. */
const held = heldClaims();

function heldClaims(): Set<string> {
  const key = Symbol.for("apnskit.campaign.claims");
  const shared = globalThis as { [key: symbol]: Set<string> | undefined };
  const claims = shared[key] ?? new Set();
  shared[key] = claims;
  return claims;
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

  private constructor(path: string, content: string, claim: string) {
    this.#path = path;
    this.#content = content;
    this.#claim = claim;
  }

  /** @throws JournalInUse */
  static async take(journal: string): Promise<JournalLock> {
    const path = `${journal}.lock`;
    const claim = randomUUID();
    const owner: Owner = { pid: process.pid, host: hostname(), started: await startOf(process.pid), claim };
    const content = JSON.stringify(owner);
    const draft = `${path}.${claim}`;
    await writeFile(draft, content, { flag: "wx" });
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if ((await linked(draft, path)) || (await takenOver(path, journal, draft))) {
          held.add(claim);
          return new JournalLock(path, content, claim);
        }
      }
    } finally {
      await unlink(draft).catch(() => {});
    }
    throw new JournalInUse(journal, 0, ": several processes try to take it; try again");
  }

  /** Whether a living process has the journal. */
  static async isTaken(journal: string): Promise<boolean> {
    const path = `${journal}.lock`;
    const content = await contentOf(path);
    if (content === undefined) return false;
    try {
      await requireGone(content, journal, path);
      return false;
    } catch {
      return true;
    }
  }

  /** Whether the file still names this claim. */
  async isHeld(): Promise<boolean> {
    return (await contentOf(this.#path)) === this.#content;
  }

  async release(): Promise<void> {
    held.delete(this.#claim);
    if (await this.isHeld()) await unlink(this.#path).catch(() => {});
  }
}

/** Makes the lock, content and all, in one step. @returns false when there is one */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
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
async function takenOver(path: string, journal: string, draft: string): Promise<boolean> {
  const content = await contentOf(path);
  if (content === undefined) return false;
  await requireGone(content, journal, path);
  const right = `${path}.${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
  if (!(await linked(draft, right))) {
    const other = await contentOf(right);
    if (other === undefined) return false;
    await requireGone(other, journal, right);
    // It was killed in between.
    await unlink(right).catch(() => {});
    return false;
  }
  try {
    if ((await contentOf(path)) !== content) return false;
    await rename(draft, path);
    return true;
  } finally {
    await unlink(right).catch(() => {});
  }
}

async function requireGone(content: string, journal: string, path: string): Promise<void> {
  const owner = readOwner(content);
  if (owner === undefined)
    throw new JournalInUse(journal, 0, `: ${path} cannot be understood; remove it if not`);
  const { pid, host, started, claim } = owner;
  if (host !== hostname()) {
    throw new JournalInUse(journal, pid, ` on the host ${host}; if that is gone, remove ${path}`);
  }
  if (held.has(claim)) throw new JournalInUse(journal, pid, ", which is this one");
  if (!isAlive(pid)) return;
  const now = await startOf(pid);
  // Without a time, the number alone would be this process's own after a restart in a container.
  if (now === undefined ? pid === process.pid : now !== started) return;
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)); behind the name, which may hold blanks and brackets. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await contentOf(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}
