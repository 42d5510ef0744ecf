import { crc32 } from "node:zlib";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { InvalidPackage } from "../errors.ts";
import { checkFileName, shownName } from "./file-name.ts";
import { Allowance, MAX_PACKAGE_SIZE } from "./limits.ts";
import { PackageFile } from "./package-file.ts";

const ENCRYPTED = 1;

/**
 * Reads a zip archive from an untrusted source. Sizes are checked before unpacking and again during
 * unpacking; each file is compared with its checksum.
 *
 * @returns all files; folders and the notes of macOS are left out
 * @throws InvalidPackage for an archive that is not a zip file, is damaged, encrypted or too large, or has
 *   forbidden names
 */
export async function readZip(archive: Uint8Array): Promise<PackageFile[]> {
  if (archive.length > MAX_PACKAGE_SIZE) {
    throw new InvalidPackage(
      "too-large",
      `the archive has ${archive.length} bytes, more than ${MAX_PACKAGE_SIZE}`,
    );
  }
  const buffer = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const zip = await opened(buffer);
  const files: PackageFile[] = [];
  const names = new Set<string>();
  const allowance = new Allowance();
  for await (const entry of entriesOf(zip)) {
    // Checks the raw names here, by the rules of packages, because yauzl would turn backslashes into slashes.
    const name = nameOf(entry);
    if (name.endsWith("/") || isNoteOfMac(name)) continue;
    checkFileName(name);
    if (names.has(name)) {
      throw new InvalidPackage("conflict", `the archive has ${shownName(name)} twice`, { file: name });
    }
    names.add(name);
    allowance.take(name, entry.uncompressedSize);
    files.push(new PackageFile(name, await contentOf(zip, entry, name)));
  }
  return files;
}

/** `.DS_Store`, and the folder for attributes of macOS that other systems cannot store. */
export function isNoteOfMac(name: string): boolean {
  return name.startsWith("__MACOSX/") || name.split("/").at(-1) === ".DS_Store";
}

async function opened(buffer: Buffer): Promise<ZipFile> {
  try {
    return await fromBufferPromise(buffer, { lazyEntries: true, decodeStrings: false });
  } catch (cause) {
    throw unreadable("the archive is not a zip file, or it is cut off", cause);
  }
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    for await (const entry of zip.eachEntry()) yield entry;
  } catch (cause) {
    if (cause instanceof InvalidPackage) throw cause;
    throw unreadable("the directory of the zip file is damaged", cause);
  }
}

function nameOf(entry: Entry): string {
  const raw = entry.fileName as unknown as Buffer | string;
  return typeof raw === "string" ? raw : raw.toString("utf8");
}

async function contentOf(zip: ZipFile, entry: Entry, name: string): Promise<Uint8Array> {
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) {
    throw new InvalidPackage("unreadable", `${shownName(name)} is encrypted in the archive`, { file: name });
  }
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw unreadable(`${shownName(name)} cannot be unpacked`, cause, name);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length !== entry.uncompressedSize || crc32(bytes) !== entry.crc32) {
    throw unreadable(`${shownName(name)} is damaged: its checksum differs`, undefined, name);
  }
  return bytes;
}

function unreadable(message: string, cause: unknown, file?: string): InvalidPackage {
  return new InvalidPackage("unreadable", message, { file }, { cause });
}
