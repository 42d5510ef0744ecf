import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { InvalidPackage } from "../errors.ts";
import { checkFileName, shownName } from "./file-name.ts";
import { Allowance } from "./limits.ts";
import { PackageFile } from "./package-file.ts";

/** Folders in folders; a package has `de.lproj`, and nothing below it. */
const DEEPEST = 4;

/**
 * Reads the files of a folder and its folders. Names that begin with a full stop are left out. Links are
 * followed, because mounted configuration often consists of links.
 *
 * @throws InvalidPackage for an entry that cannot be read, is too large, or is neither file nor folder
 */
export async function readFolder(folder: string): Promise<PackageFile[]> {
  const files: PackageFile[] = [];
  await readInto(files, new Allowance(), folder, "", 0);
  return files;
}

async function readInto(
  files: PackageFile[],
  allowance: Allowance,
  folder: string,
  prefix: string,
  depth: number,
): Promise<void> {
  if (depth > DEEPEST) {
    throw new InvalidPackage("invalid", `${shownName(prefix)} is more than ${DEEPEST} folders deep`);
  }
  const names = await attempt(prefix, () => readdir(folder));
  for (const name of names.sort()) {
    if (name.startsWith(".")) continue;
    const path = join(folder, name);
    const full = `${prefix}${name}`;
    const found = await attempt(full, () => stat(path));
    if (found.isDirectory()) {
      await readInto(files, allowance, path, `${full}/`, depth + 1);
      continue;
    }
    checkFileName(full);
    if (!found.isFile()) {
      throw new InvalidPackage("invalid", `${shownName(full)} is neither a file nor a folder`, {
        file: full,
      });
    }
    allowance.take(full, found.size);
    files.push(new PackageFile(full, await attempt(full, () => readFile(path))));
  }
}

async function attempt<Result>(name: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    const what = name === "" ? "the folder" : shownName(name);
    throw new InvalidPackage("unreadable", `${what} cannot be read (${code})`, { file: name || undefined });
  }
}
