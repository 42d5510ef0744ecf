import { type FileHandle, link, open, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";

/** Opens the journal's file. Replaced in tests. */
export type OpenFile = (path: string, flags: number | string, mode?: number) => Promise<FileHandle>;

/** The file system and the processes that a journal and its lock depend on. Replaced in simulations. */
export interface Machine {
  /** Number of this process. */
  readonly pid: number;
  /** Name of the host. */
  readonly host: string;
  /** Claims that this process holds. */
  readonly claims: Set<string>;
  readonly open: OpenFile;
  /** Gives a file a second name in one step; fails with `EEXIST` if the name is taken. */
  link(path: string, name: string): Promise<void>;
  rename(path: string, name: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** The text of a file; `undefined` if it cannot be read. */
  contentOf(path: string): Promise<string | undefined>;
  /** Makes a file whose content is durable; fails if the name is taken. */
  create(path: string, content: string): Promise<void>;
  /** Makes the names in a folder durable, where the system can do that. */
  syncFolder(path: string): Promise<void>;
  /** Whether there is a process with this number. */
  isAlive(pid: number): boolean;
  /** When a process began, as the system counts; `undefined` if it does not tell. */
  startOf(pid: number): Promise<string | undefined>;
}

/** The machine that this process runs on. */
export const thisMachine: Machine = {
  pid: process.pid,
  get host() {
    return hostname();
  },
  claims: heldClaims(),
  open,
  link,
  rename,
  unlink,
  contentOf,
  create: (path, content) => writeFile(path, content, { flag: "wx", flush: true }),
  syncFolder,
  isAlive,
  startOf,
};

/** Claims of this process, of all copies of this module. */
function heldClaims(): Set<string> {
  const key = Symbol.for("apnskit.campaign.claims");
  const shared = globalThis as { [key: symbol]: Set<string> | undefined };
  const claims = shared[key] ?? new Set();
  shared[key] = claims;
  return claims;
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // Windows opens no folders, and some file systems do not sync them.
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
