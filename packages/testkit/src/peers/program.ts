import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A program found on this machine, or the reason why what needs it is skipped. */
export type Availability =
  | { readonly installed: true; readonly path: string }
  | { readonly installed: false; readonly reason: string };

/** Debian keeps servers where an ordinary user's PATH does not look. */
const EXTRA_DIRECTORIES = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * Looks for an executable on PATH, among the system directories, and in further ones; `debianPackage` is what to install
 * if it is missing.
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
