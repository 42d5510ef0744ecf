import { type Zippable, zipSync } from "fflate";

/** A file of the archive. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Deflating PNG images and other packages again costs time and saves nothing. */
const COMPRESSIBLE = /\.(?:json|strings|svg|txt)$/;
/** The first year of zip dates. Local time, like zip's, so the bytes are the same in every time zone. */
const MODIFIED = new Date(1980, 0, 1);

/**
 * Packs files into a zip archive: text deflated, the rest stored. The same files make the same bytes.
 *
 * @param entries in the order of the archive
 */
export function zip(entries: Iterable<ZipEntry>): Uint8Array {
  const files: Zippable = Object.create(null) as Zippable;
  for (const { name, bytes } of entries) {
    files[name] = [bytes, { level: COMPRESSIBLE.test(name) ? 6 : 0 }];
  }
  return zipSync(files, { mtime: MODIFIED });
}
