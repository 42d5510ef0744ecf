import { inspect, types } from "node:util";
import { InvalidPackage } from "../errors.ts";
import { checkFileName, nameKey, shownName } from "./file-name.ts";
import { Allowance } from "./limits.ts";
import { PackageFile } from "./package-file.ts";

/** The content of a file: bytes, text (UTF-8), or an object if the name ends with `.json`. */
export type FileContent = Uint8Array | string | object;

/** Files by name, as an object, a `Map`, or pairs. */
export type FilesInput = Readonly<Record<string, FileContent>> | Iterable<readonly [string, FileContent]>;

/** Signing makes these files. If a source has them, it is an unpacked package, and they are left out. */
const MADE_BY_SIGNING = ["manifest.json", "signature"];

/**
 * The files of a package, without manifest and signature. Names are checked, and no device would treat two of
 * them as one. A `PackageFiles` never changes. Load a model once and use it for many packages: digests are
 * kept.
 */
export class PackageFiles implements Iterable<PackageFile> {
  readonly #files: ReadonlyMap<string, PackageFile>;

  private constructor(files: ReadonlyMap<string, PackageFile>) {
    this.#files = files;
  }

  /**
   * @throws InvalidPackage for names and contents that no package can have
   */
  static of(input: FilesInput | PackageFiles): PackageFiles {
    if (input instanceof PackageFiles) return input;
    const gathered = new Map<string, PackageFile>();
    const allowance = new Allowance();
    for (const [name, content] of pairsOf(input)) {
      checkFileName(name);
      if (MADE_BY_SIGNING.includes(name)) {
        throw new InvalidPackage("conflict", `${name} is made by signing; leave it out`, { file: name });
      }
      const bytes = bytesOf(name, content);
      allowance.take(name, bytes.length);
      // Copied, because a caller that reuses its buffer would make the kept digests wrong.
      enter(gathered, new PackageFile(name, types.isUint8Array(content) ? Uint8Array.from(bytes) : bytes));
    }
    checkFolders(gathered);
    return new PackageFiles(gathered);
  }

  /**
   * Files with names and sizes that were checked during reading, and with bytes that no other code holds.
   *
   * @throws InvalidPackage for two names that a device would treat as one
   */
  static ofRead(files: Iterable<PackageFile>): PackageFiles {
    const gathered = new Map<string, PackageFile>();
    for (const file of files) {
      if (!MADE_BY_SIGNING.includes(file.name)) enter(gathered, file);
    }
    checkFolders(gathered);
    return new PackageFiles(gathered);
  }

  /** The number of files. */
  get size(): number {
    return this.#files.size;
  }

  /** The names, in the order in which the files were given. */
  get names(): string[] {
    return [...this.#files.keys()];
  }

  get(name: string): PackageFile | undefined {
    return this.#files.get(name);
  }

  has(name: string): boolean {
    return this.#files.has(name);
  }

  /**
   * These files and others; a file of the same name is replaced.
   *
   * @throws InvalidPackage as {@link PackageFiles.of}
   */
  with(input: FilesInput): PackageFiles {
    const others = PackageFiles.of(input);
    const gathered = new Map(this.#files);
    for (const file of others) gathered.set(file.name, file);
    return PackageFiles.ofRead(gathered.values());
  }

  /** These files with one file replaced or added, whose name is known to be valid. */
  withFile(file: PackageFile): PackageFiles {
    return new PackageFiles(new Map(this.#files).set(file.name, file));
  }

  [Symbol.iterator](): IterableIterator<PackageFile> {
    return this.#files.values();
  }

  /** @internal */
  [inspect.custom](): string {
    return `PackageFiles(${this.names.join(", ")})`;
  }
}

function* pairsOf(input: FilesInput): Iterable<readonly [string, FileContent]> {
  if (typeof input !== "object" || input === null || types.isUint8Array(input)) {
    throw new InvalidPackage(
      "invalid",
      "the files of a package must be an object, a Map or pairs of name and content",
    );
  }
  if (!(Symbol.iterator in input)) {
    yield* Object.entries(input);
    return;
  }
  for (const pair of input as Iterable<unknown>) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new InvalidPackage("invalid", "each file of a package must be a pair of name and content");
    }
    yield pair as unknown as readonly [string, FileContent];
  }
}

function bytesOf(name: string, content: unknown): Uint8Array {
  if (types.isUint8Array(content)) return content;
  if (typeof content === "string") return Buffer.from(content);
  if (typeof content === "object" && content !== null && name.endsWith(".json")) {
    return Buffer.from(jsonText(name, content));
  }
  const kind = content === null ? "null" : typeof content;
  throw new InvalidPackage(
    "invalid",
    `${shownName(name)} must be bytes, a string, or for .json an object; received ${kind}`,
    { file: name },
  );
}

/** @throws InvalidPackage for a value without a JSON form, such as an object that contains itself */
export function jsonText(name: string, content: object): string {
  try {
    return JSON.stringify(content);
  } catch (cause) {
    const message = `${shownName(name)} cannot be written as JSON`;
    throw new InvalidPackage("invalid", message, { file: name }, { cause });
  }
}

function enter(files: Map<string, PackageFile>, file: PackageFile): void {
  if (files.has(file.name)) {
    throw new InvalidPackage("conflict", `${shownName(file.name)} occurs twice`, { file: file.name });
  }
  files.set(file.name, file);
}

/** Two names that differ in case only, and a file where another name needs a folder. */
function checkFolders(files: ReadonlyMap<string, PackageFile>): void {
  const keys = new Map<string, string>();
  for (const name of files.keys()) {
    const key = nameKey(name);
    const other = keys.get(key);
    if (other !== undefined) {
      const message = `${shownName(name)} and ${shownName(other)} are one name on a device; rename one of them`;
      throw new InvalidPackage("conflict", message, { file: name });
    }
    keys.set(key, name);
  }
  for (const [key, name] of keys) {
    for (let at = key.indexOf("/"); at > 0; at = key.indexOf("/", at + 1)) {
      const file = keys.get(key.slice(0, at));
      if (file === undefined) continue;
      const message = `${shownName(file)} is a file, and the folder of ${shownName(name)}; rename one of them`;
      throw new InvalidPackage("conflict", message, { file });
    }
  }
}
