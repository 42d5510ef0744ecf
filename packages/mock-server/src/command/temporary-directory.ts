import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A directory for keys that is removed with this process: at every end that a process can notice. After an
 * end that it cannot notice (SIGKILL, a power cut), the next server removes it at its start.
 */
export class TemporaryDirectory {
  readonly path: string;
  readonly #onExit: () => void;

  private constructor(path: string) {
    this.path = path;
    this.#onExit = () => rmSync(path, { recursive: true, force: true });
    process.once("exit", this.#onExit);
  }

  /** Makes a directory, and removes those of processes that have ended. */
  static async create(parent: string = tmpdir()): Promise<TemporaryDirectory> {
    await sweep(parent);
    return new TemporaryDirectory(await mkdtemp(join(parent, `${prefix()}${process.pid}-`)));
  }

  async remove(): Promise<void> {
    process.off("exit", this.#onExit);
    await rm(this.path, { recursive: true, force: true });
  }
}

/** A process id is meaningful only on one machine, and in one container. */
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
    // Another server may be removing it too.
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
