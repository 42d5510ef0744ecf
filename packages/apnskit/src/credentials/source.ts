import { types } from "node:util";
import { type CredentialsErrorCode, InvalidCredentials } from "../errors.ts";
import { readAtMost } from "./bounded-file.ts";
import { shownPath } from "./shown-path.ts";

/**
 * The source of a key or certificate: text, bytes, or a file, which is read at once. At most 262,144 bytes.
 */
export type Source =
  | string
  | Uint8Array
  | {
      /** A path, or a `file:` URL. */
      readonly file: string | URL;
    };

/** A source in memory. */
export type Loaded = string | Buffer;

/** The most bytes or characters of a key or certificate: 256 KiB. Real ones have a few thousand. */
export const MAX_SOURCE_SIZE = 262_144;

/**
 * @param what the option's name, for the error
 * @throws InvalidCredentials for an unreadable file, for too many bytes, and for a value that is no source
 */
export function load(what: string, source: Source, code: CredentialsErrorCode): Loaded {
  const loaded = inMemory(what, source, code);
  const size = loaded.length;
  if (size > MAX_SOURCE_SIZE) {
    throw new InvalidCredentials(
      code,
      `${what} is longer than ${MAX_SOURCE_SIZE} bytes: it is no credential`,
    );
  }
  if (size === 0) {
    throw new InvalidCredentials(code, `${what} is empty; is the variable or file set that it comes from?`);
  }
  return loaded;
}

/** The path of a source that is a file. */
export function pathOf(source: unknown): string | undefined {
  if (source === null || typeof source !== "object" || types.isUint8Array(source)) return undefined;
  const { file } = source as { file?: unknown };
  if (typeof file === "string") return file;
  return file instanceof URL ? decoded(file.pathname) : undefined;
}

/** The name of a value's type. An error may say no more about a value that may be secret. */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : typeof value;
}

function inMemory(what: string, source: unknown, code: CredentialsErrorCode): Loaded {
  if (typeof source === "string") return source;
  // Not `instanceof`: test runners give each test file a separate `Uint8Array`.
  if (types.isUint8Array(source)) return Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  if (source !== null && typeof source === "object" && "file" in source) {
    const { file } = source as { file: unknown };
    if (typeof file === "string" || file instanceof URL) return readFile(what, file, code);
    throw new InvalidCredentials(
      code,
      `${what}.file must be a path or a file: URL; received ${typeName(file)}`,
    );
  }
  throw new InvalidCredentials(
    code,
    `${what} must be a string, a Uint8Array or { file: path }, not ${typeName(source)}`,
  );
}

function readFile(what: string, file: string | URL, code: CredentialsErrorCode): Buffer {
  const path = typeof file === "string" ? file : file.href;
  if (path.includes("-----BEGIN")) {
    throw new InvalidCredentials(
      code,
      `${what}.file holds PEM text, not a path; pass the text itself: ${what}: text`,
    );
  }
  try {
    return readAtMost(file, MAX_SOURCE_SIZE + 1);
  } catch (error) {
    // Not the `cause`: Node.js puts the path, which may be a secret, into its message and properties.
    const reason = (error as { code?: unknown }).code;
    const why = typeof reason === "string" ? ` (${reason})` : "";
    throw new InvalidCredentials(code, `${what}: the file cannot be read${why}: ${shownPath(path)}`);
  }
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}
