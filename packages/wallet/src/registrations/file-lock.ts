import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { RegistrationsError } from "../errors.ts";

/** The locks of this process, because in a container each process has the same number as the previous one. */
const held = new Set<string>();

/**
 * Takes the lock of a file: a second file beside it, which contains the number of the process.
 *
 * @returns a function that releases it
 * @throws RegistrationsError `ERR_APNS_REGISTRATIONS_IN_USE` if a running process has it
 */
export function lockFile(path: string): () => void {
  const lock = `${path}.lock`;
  if (held.has(lock)) throw inUse(path, process.pid);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const descriptor = openSync(lock, "wx", 0o600);
      writeSync(descriptor, String(process.pid));
      closeSync(descriptor);
      held.add(lock);
      return () => {
        held.delete(lock);
        rmSync(lock, { force: true });
      };
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code !== "EEXIST") {
        const message = `the lock ${lock} cannot be created (${code ?? "unknown error"})`;
        throw new RegistrationsError("ERR_APNS_REGISTRATIONS_UNREADABLE", message, { cause });
      }
      const owner = ownerOf(lock);
      if (owner !== undefined && owner !== process.pid && isAlive(owner)) throw inUse(path, owner);
      // Its process has ended without closing the store.
      rmSync(lock, { force: true });
    }
  }
  throw inUse(path, undefined);
}

function inUse(path: string, owner: number | undefined): RegistrationsError {
  const who =
    owner === undefined ? "another process" : owner === process.pid ? "this process" : `process ${owner}`;
  return new RegistrationsError(
    "ERR_APNS_REGISTRATIONS_IN_USE",
    `the file of registrations ${path} is in use by ${who}; close it there, or use a store on a database`,
  );
}

function ownerOf(lock: string): number | undefined {
  try {
    const owner = Number(readFileSync(lock, "utf8"));
    return Number.isInteger(owner) && owner > 0 ? owner : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(owner: number): boolean {
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
