import { createHash, randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { type FileHandle, link, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CertificateDirectoryError } from "../errors.ts";

const LONGEST_FILE = 1 << 20;
const PRIVATE = 0o600;
const PUBLIC = 0o644;
const OTHERS_WRITE = 0o022;
/** Contains a digest of each file that this program wrote. */
const RECORDS = ".made-by-apnskit-mock";
const NO_LINK_FALLBACK = ["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"];

/** Whether everyone may read a file, like a certificate, or only its owner, like a key. */
export type Visibility = "public" | "private";

/**
 * A directory for keys. Only its owner can write to it, nothing in it is read or written through a link, and
 * only files that this program wrote are replaced. Several processes may use it at once: a file appears with
 * its whole content.
 */
export class PrivateDirectory {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Opens a directory, or creates it.
   *
   * @throws CertificateDirectoryError if it is a link, not a directory, or not safe from other users
   */
  static async open(given: string): Promise<PrivateDirectory> {
    const path = resolve(given);
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
      refuseUnsafe(path, await lstat(path));
    } catch (cause) {
      throw asDirectoryError(path, cause);
    }
    return new PrivateDirectory(path);
  }

  /** Path of a file in the directory. */
  file(name: string): string {
    return join(this.path, name);
  }

  /**
   * Reads a file. If others could read a private file, removes their permission.
   *
   * @returns undefined if there is none
   * @throws CertificateDirectoryError for a link, an entry that is not a file, or a file that is too long
   */
  async read(name: string, visibility: Visibility): Promise<Buffer | undefined> {
    const path = this.file(name);
    let handle: FileHandle;
    try {
      handle = await open(
        path,
        constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
      );
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw asDirectoryError(path, cause);
    }
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new CertificateDirectoryError(path, `${path} is not a file`);
      if (stats.size > LONGEST_FILE)
        throw new CertificateDirectoryError(path, `${path} is longer than 1 MiB`);
      if (isForeign(stats)) throw new CertificateDirectoryError(path, `${path} belongs to another user`);
      if (visibility === "private" && hasModes() && (stats.mode & 0o077) !== 0) await handle.chmod(PRIVATE);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  }

  /** Writes a new file. @returns false if the name exists; that file stays as it is */
  async create(name: string, content: string | Buffer, visibility: Visibility): Promise<boolean> {
    await this.#record(name, content);
    const temporary = await this.#writeTemporary(name, content, visibility);
    try {
      await link(temporary, this.file(name));
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? "";
      if (code === "EEXIST") return false;
      if (!NO_LINK_FALLBACK.includes(code)) throw asDirectoryError(this.file(name), cause);
      // A file system without hard links: the file does not appear at once, but never replaces another.
      return await this.#writeNew(this.file(name), content, visibility);
    } finally {
      await rm(temporary, { force: true });
    }
    return true;
  }

  /**
   * Replaces a file that this program wrote, or writes it for the first time.
   *
   * @throws CertificateDirectoryError for a file that this program did not write, or that has changed since
   */
  async replace(name: string, content: string | Buffer, visibility: Visibility): Promise<void> {
    if (await this.create(name, content, visibility)) return;
    await this.refuseForeign(name);
    const temporary = await this.#writeTemporary(name, content, visibility);
    await rename(temporary, this.file(name));
  }

  /** @throws CertificateDirectoryError for a file that this program did not write in its present form */
  async refuseForeign(name: string): Promise<void> {
    const [content, record] = await Promise.all([this.read(name, "public"), this.#recorded(name)]);
    if (content === undefined || record?.split("\n").includes(digest(content))) return;
    const path = this.file(name);
    const message = `${path} was not made by apnskit-mock and is not overwritten; move it away, or use another directory`;
    throw new CertificateDirectoryError(path, message);
  }

  async #recorded(name: string): Promise<string | undefined> {
    const records = await lstat(this.file(RECORDS)).catch(() => undefined);
    if (!records?.isDirectory()) return undefined;
    return (await this.read(join(RECORDS, name), "private"))?.toString();
  }

  /**
   * Runs before the file itself is written, so that another process never takes the file for a foreign one.
   */
  async #record(name: string, content: string | Buffer): Promise<void> {
    const records = this.file(RECORDS);
    try {
      await mkdir(records, { recursive: true, mode: 0o700 });
      refuseUnsafe(records, await lstat(records));
      const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW = 0 } = constants;
      const handle = await open(join(records, name), O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, PRIVATE);
      try {
        await handle.write(`${digest(content)}\n`);
      } finally {
        await handle.close();
      }
    } catch (cause) {
      throw asDirectoryError(records, cause);
    }
  }

  async #writeTemporary(name: string, content: string | Buffer, visibility: Visibility): Promise<string> {
    const temporary = this.file(`${name}.${randomBytes(8).toString("hex")}.tmp`);
    await this.#writeNew(temporary, content, visibility);
    return temporary;
  }

  /** @returns false if there is a file of that name */
  async #writeNew(path: string, content: string | Buffer, visibility: Visibility): Promise<boolean> {
    try {
      const handle = await open(path, "wx", PRIVATE);
      try {
        await handle.writeFile(content);
        // Regardless of the umask.
        if (hasModes()) await handle.chmod(visibility === "private" ? PRIVATE : PUBLIC);
      } finally {
        await handle.close();
      }
      return true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw asDirectoryError(path, cause);
    }
  }
}

function refuseUnsafe(path: string, stats: Stats): void {
  if (stats.isSymbolicLink()) {
    throw new CertificateDirectoryError(path, `${path} is a link; give the directory that it leads to`);
  }
  if (!stats.isDirectory()) throw new CertificateDirectoryError(path, `${path} is not a directory`);
  if (isForeign(stats)) throw new CertificateDirectoryError(path, `${path} belongs to another user`);
  if (hasModes() && (stats.mode & OTHERS_WRITE) !== 0) {
    const mode = (stats.mode & 0o777).toString(8);
    throw new CertificateDirectoryError(
      path,
      `Other users can write to ${path} (mode ${mode}); run chmod go-w on it`,
    );
  }
}

function isForeign({ uid }: Stats): boolean {
  const own = process.getuid?.();
  return own !== undefined && uid !== own && uid !== 0;
}

/** Windows has no permission bits. */
function hasModes(): boolean {
  return process.platform !== "win32";
}

function digest(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function asDirectoryError(path: string, cause: unknown): CertificateDirectoryError {
  if (cause instanceof CertificateDirectoryError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  const what =
    code === "ELOOP" || code === "EMLINK" ? "is a link, which is not followed" : `cannot be used: ${code}`;
  return new CertificateDirectoryError(path, `${path} ${what}`, { cause });
}
