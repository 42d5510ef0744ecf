import { PackageRefused } from "../errors.ts";

/** The most bytes of a package, and of all its files together: more than any pass or order has. */
const MAX_SIZE = 32 * 1024 * 1024;

/**
 * The files of a package by name. Skips folders.
 *
 * @throws PackageRefused if the bytes are not a zip archive, or the archive is damaged
 */
export async function readArchive(archive: Uint8Array): Promise<ReadonlyMap<string, Buffer>> {
  if (archive.length > MAX_SIZE) throw new PackageRefused(`The package has more than ${MAX_SIZE} bytes`);
  // Only Wallet devices need it.
  const { fromBufferPromise } = await import("yauzl");
  const files = new Map<string, Buffer>();
  let size = 0;
  try {
    const zip = await fromBufferPromise(Buffer.from(archive), { lazyEntries: true, strictFileNames: true });
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith("/")) continue;
      size += entry.uncompressedSize;
      if (size > MAX_SIZE)
        throw new PackageRefused(`The files of the package have more than ${MAX_SIZE} bytes`);
      if (files.has(entry.fileName)) throw new PackageRefused(`The package has ${entry.fileName} twice`);
      const pieces: Buffer[] = [];
      for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(piece as Buffer);
      files.set(entry.fileName, Buffer.concat(pieces));
    }
  } catch (cause) {
    if (cause instanceof PackageRefused) throw cause;
    throw new PackageRefused("The package is not a zip archive, or it is damaged", { cause });
  }
  return files;
}
