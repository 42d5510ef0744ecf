import { readFileSync } from "node:fs";
import { type CredentialsErrorCode, InvalidCredentials } from "../errors.ts";

/** Where a key or certificate comes from: its text, its bytes, or a file, which is read at once. */
export type Source =
  | string
  | Uint8Array
  | {
      /** A path, or a `file:` URL. */
      readonly file: string | URL;
    };

/** A source in memory. Text stays text, for the reader alone knows its encoding. */
export type Loaded = string | Buffer;

/**
 * @param what the option's name, for the error
 * @throws InvalidCredentials when the file cannot be read, or the source is none
 */
export function load(what: string, source: Source, code: CredentialsErrorCode): Loaded {
  if (typeof source === "string") return source;
  if (source instanceof Uint8Array) return Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  if (source !== null && typeof source === "object" && "file" in source) {
    try {
      return readFileSync(source.file);
    } catch (cause) {
      throw new InvalidCredentials(code, `${what}: the file cannot be read: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  throw new InvalidCredentials(
    code,
    `${what} must be a string, a Uint8Array or { file }, not ${typeName(source)}`,
  );
}

/**
 * A source that must be PEM. Environment variables often carry it with `\n` spelt as two characters; base64 has no
 * backslash, so that those can be undone safely.
 */
export function loadPem(what: string, source: Source, code: CredentialsErrorCode): string {
  const loaded = load(what, source, code);
  const text = typeof loaded === "string" ? loaded : loaded.toString("latin1");
  if (!text.includes("-----BEGIN ")) {
    const hint = typeof source === "string" ? "; to read a file, pass { file: path }" : "";
    throw new InvalidCredentials(code, `${what} is not PEM text (it has no BEGIN line)${hint}`);
  }
  return text.replaceAll("\\r", "").replaceAll("\\n", "\n");
}

/** The name of a value's type, which is all that an error may say of something that may be secret. */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : typeof value;
}
