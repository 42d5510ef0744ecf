import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A program on this machine, or the reason why its tests are skipped. */
export type Availability =
  | { readonly installed: true; readonly path: string }
  | { readonly installed: false; readonly reason: string };

/** Debian keeps servers in folders outside an ordinary user's PATH. */
const EXTRA_DIRECTORIES = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * Looks for an executable on PATH, in the system directories and in `more`. `debianPackage` is the package to
 * install if it is missing.
 */
export function findProgram(name: string, debianPackage: string, more: readonly string[] = []): Availability {
  const directories = [...(process.env.PATH ?? "").split(delimiter), ...EXTRA_DIRECTORIES, ...more];
  for (const directory of directories) {
    if (directory === "") continue;
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return { installed: true, path };
    } catch {
      // Not in this directory.
    }
  }
  return { installed: false, reason: `${name} is not installed (Debian package ${debianPackage})` };
}
