import { InvalidPackage } from "../errors.ts";
import { PackageFile } from "../files/package-file.ts";

/** Texts of one language by their keys. */
export type Texts = Readonly<Record<string, string>>;

// A comment, a pair of key and text, or blanks; each alternative begins with another character.
const PART =
  /\s+|\/\/[^\n]*|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|"((?:[^"\\]|\\[\s\S])*)"\s*=\s*"((?:[^"\\]|\\[\s\S])*)"\s*;/y;

/** Maximum bytes of a file of texts: 1 MiB. Files of real passes have a few thousand. */
const MAX_SIZE = 1_048_576;

/**
 * Reads a `.strings` file: pairs `"key" = "text";` with comments, UTF-8 or UTF-16 with a byte order mark.
 *
 * @throws InvalidPackage that names the line
 */
export function readStrings(file: PackageFile): Map<string, string> {
  if (file.bytes.length > MAX_SIZE) {
    const message = `${file.name} has ${file.bytes.length} bytes; a file of texts may have ${MAX_SIZE}`;
    throw new InvalidPackage("too-large", message, { file: file.name });
  }
  const content = decoded(file);
  const texts = new Map<string, string>();
  PART.lastIndex = 0;
  for (let at = 0; at < content.length; at = PART.lastIndex) {
    PART.lastIndex = at;
    const match = PART.exec(content);
    if (match === null) {
      const line = content.slice(0, at).split("\n").length;
      const rule = 'must be lines of the form "key" = "text";';
      throw new InvalidPackage("invalid", `${file.name} line ${line}: it ${rule}`, { file: file.name });
    }
    if (match[1] !== undefined) texts.set(unescaped(match[1]), unescaped(match[2]!));
  }
  return texts;
}

/**
 * A `.strings` file: ASCII, or UTF-16 for other characters, as Apple asks ("Creating the Source for a Pass").
 */
export function writeStrings(name: string, texts: Iterable<readonly [string, string]>): PackageFile {
  const content = Array.from(texts, ([key, text]) => `${quoted(key)} = ${quoted(text)};\n`).join("");
  const ascii = Buffer.byteLength(content) === content.length;
  return new PackageFile(name, ascii ? Buffer.from(content) : Buffer.from(`\ufeff${content}`, "utf16le"));
}

function decoded({ name, bytes }: PackageFile): string {
  const [first, second] = bytes;
  const little = first === 0xff && second === 0xfe;
  const big = first === 0xfe && second === 0xff;
  const encoding = little ? "utf-16le" : big ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidPackage("unreadable", `${name} is neither UTF-8 nor UTF-16 with a byte order mark`, {
      file: name,
    });
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unescaped(text: string): string {
  return text.replace(
    /\\(?:U([0-9a-fA-F]{4})|([\s\S]))/g,
    (_match, hex: string | undefined, letter: string) =>
      hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `"${escaped}"`;
}
