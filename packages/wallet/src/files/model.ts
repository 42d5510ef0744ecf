import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import { InvalidPackage } from "../errors.ts";
import { readFolder } from "./folder.ts";
import { MAX_PACKAGE_SIZE } from "./limits.ts";
import type { PackageFile } from "./package-file.ts";
import { type FilesInput, PackageFiles } from "./package-files.ts";
import { readZip } from "./zip-reader.ts";

/**
 * The source of a package's files: the path or `file:` URL of a folder or zip file, the bytes of a zip file,
 * or the files themselves.
 */
export type ModelSource = string | URL | Uint8Array | FilesInput | PackageFiles;

/**
 * Loads the files that packages are made from. Load a model once: then its files are read and digested once.
 * A manifest and a signature are left out, so a signed package can serve as a model.
 *
 * @throws InvalidPackage for a source that cannot be read, and for files that no package can have
 */
export async function loadModel(source: ModelSource): Promise<PackageFiles> {
  if (types.isUint8Array(source)) return PackageFiles.ofRead(await readZip(source as Uint8Array));
  if (typeof source === "string" || source instanceof URL) return PackageFiles.ofRead(await readPath(source));
  return PackageFiles.of(source as FilesInput | PackageFiles);
}

async function readPath(source: string | URL): Promise<PackageFile[]> {
  try {
    const path = typeof source === "string" ? source : fileURLToPath(source);
    const found = await stat(path);
    if (found.isDirectory()) return await readFolder(path);
    if (found.size > MAX_PACKAGE_SIZE) {
      throw new InvalidPackage(
        "too-large",
        `the archive has ${found.size} bytes, more than ${MAX_PACKAGE_SIZE}`,
      );
    }
    return await readZip(await readFile(path));
  } catch (error) {
    if (error instanceof InvalidPackage) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new InvalidPackage(
      "unreadable",
      `the model cannot be read (${code}): give a folder or a zip file`,
      {},
    );
  }
}
