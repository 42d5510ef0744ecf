import { closeSync, openSync, readSync } from "node:fs";
import { type FileHandle, link, open, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";

/** Octets of a file that is read at once. A lock has about 150. */
const SHORT_FILE = 1024;
const shortFile = Buffer.alloc(SHORT_FILE);

/** Opens the journal's file. Tests replace it. */
export type OpenFile = (path: string, flags: number | string, mode?: number) => Promise<FileHandle>;

/** The file system and processes that a journal and its lock depend on. Simulations replace it. */
export interface Machine {
  /** Id of this process. */
  readonly pid: number;
  /** Name of the host. */
  readonly host: string;
  /** Claims that this process holds. */
  readonly claims: Set<string>;
  readonly open: OpenFile;
  /** Gives a file a second name in one step. Fails with `EEXIST` if the name is taken. */
  link(path: string, name: string): Promise<void>;
  rename(path: string, name: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** The text of a file; `undefined` if the file cannot be read. */
  contentOf(path: string): Promise<string | undefined>;
  /** The same at once, for a file of at most 1,024 octets. Optional: `contentOf` takes its place. */
  contentAtOnce?(path: string): string | undefined;
  /** Creates a file with durable content. Fails if the name is taken. */
  create(path: string, content: string): Promise<void>;
  /** Makes the names in a folder durable, if the system supports that. */
  syncFolder(path: string): Promise<void>;
  /** Whether a process with this id exists. */
  isAlive(pid: number): boolean;
  /** When a process began, in the system's units; `undefined` if the system does not say. */
  startOf(pid: number): Promise<string | undefined>;
}

/** The machine that runs this process. */
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
  contentAtOnce,
  create: (path, content) => writeFile(path, content, { flag: "wx", flush: true }),
  syncFolder,
  isAlive,
  startOf,
};

/** Claims of this process. All copies of this module share the set. */
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

/** Takes some 20 µs, since the file is small and was read a moment ago. */
function contentAtOnce(path: string): string | undefined {
  try {
    const file = openSync(path, "r");
    try {
      return shortFile.toString("utf8", 0, readSync(file, shortFile, 0, SHORT_FILE, 0));
    } finally {
      closeSync(file);
    }
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
    // Windows cannot open folders, and some file systems cannot sync them.
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

/**
 * Field 22 of `/proc/<pid>/stat` (proc(5)). The search begins after the process name, which may hold blanks
 * and brackets.
 */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await contentOf(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}
