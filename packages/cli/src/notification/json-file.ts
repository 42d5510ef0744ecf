import { oneLine, usage } from "../failure.ts";
import { materialAt, readMaterial } from "../settings/material.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Bytes as text: UTF-8, with or without a byte order mark. */
export function decodeText(bytes: Uint8Array, name: string): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw usage(`${name}: the file is UTF-16; save it as UTF-8`);
  }
  try {
    // The decoder removes a byte order mark.
    return utf8.decode(bytes);
  } catch (error) {
    throw usage(`${name}: the file is not UTF-8`, { cause: error });
  }
}

/**
 * Reads a JSON object from a file or stdin.
 *
 * @param flag the option that names it, for errors
 */
export function readJsonObject(path: string, flag: string): Readonly<Record<string, unknown>> {
  const name = path === "-" ? `${flag} (stdin)` : `${flag} ${path}`;
  return parseJsonObject(decodeText(readMaterial(materialAt(path), flag), name), name);
}

/** Parses JSON; the error gives the place, not the text. */
export function parseJson(text: string, name: string): unknown {
  if (text.trim() === "") throw usage(`${name}: the file is empty`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usage(`${name}: not JSON${jsonPlace(error, text)}`, { cause: error });
  }
}

/** Parses a JSON object. The error gives the position, not the text. */
export function parseJsonObject(text: string, name: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text, name);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw usage(`${name}: must be a JSON object, not ${kindOf(value)}`);
}

/** ` (line 3, column 7)` of a parser's error; the parser's own message quotes the text. */
export function jsonPlace(error: unknown, text: string): string {
  const position = /position (\d+)/.exec(oneLine(String(error)))?.[1] ?? placeOfStrayToken(text);
  if (position === undefined) return "";
  const before = text.slice(0, Number(position)).split("\n");
  return ` (line ${before.length}, column ${before.at(-1)!.length + 1})`;
}

/** Blanks, punctuation, texts, numbers and words of JSON (RFC 8259). */
const TOKEN = /[\t\n\r ]+|[{}[\]:,]|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Where the text stops to be tokens of JSON, or ends: some messages of the parser give no position. */
function placeOfStrayToken(text: string): number {
  TOKEN.lastIndex = 0;
  let end = 0;
  while (TOKEN.test(text)) end = TOKEN.lastIndex;
  return end;
}

/** The type of a JSON value, for a sentence. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "absent";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
