import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A directory for keys that goes away with this process: on every end that a process can notice, and after one that it
 * cannot (SIGKILL, a power cut) when the next server starts.
 */
export class TemporaryDirectory {
  readonly path: string;
  readonly #onExit: () => void;

  private constructor(path: string) {
    this.path = path;
    this.#onExit = () => rmSync(path, { recursive: true, force: true });
    process.once("exit", this.#onExit);
  }

  /** Makes one, and removes those of processes that are gone. */
  static async create(parent: string = tmpdir()): Promise<TemporaryDirectory> {
    await sweep(parent);
    return new TemporaryDirectory(await mkdtemp(join(parent, `${prefix()}${process.pid}-`)));
  }

  async remove(): Promise<void> {
    process.off("exit", this.#onExit);
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Process ids mean something on one machine, and in one container, only. */
function prefix(): string {
  return `apnskit-mock-${createHash("sha256").update(hostname()).digest("hex").slice(0, 8)}-`;
}

async function sweep(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(prefix()) ? /^(\d+)-\w+$/.exec(name.slice(prefix().length))?.[1] : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    const path = join(parent, name);
    const stats = await lstat(path).catch(() => undefined);
    const own = process.getuid === undefined || stats?.uid === process.getuid();
    // Another server may be at the same work.
    if (stats?.isDirectory() && own) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
