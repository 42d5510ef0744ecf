import { InvalidPackage } from "../errors.ts";

/** Bytes of UTF-8 that the name of a file may have, folders included. */
const LONGEST = 255;

/** A name for a message, made safe because it comes from outside. */
export function shownName(name: string): string {
  const clean = name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd");
  return `"${clean.length > 80 ? `${clean.slice(0, 79)}…` : clean}"`;
}

/**
 * Checks the name of a file in a package: relative, with `/` between folders, inside of the package.
 *
 * @throws InvalidPackage
 */
export function checkFileName(name: unknown): asserts name is string {
  if (typeof name !== "string" || name === "") {
    throw new InvalidPackage("invalid", "the name of a file in a package must be a string that is not empty");
  }
  const why = problemOf(name);
  if (why !== undefined) {
    throw new InvalidPackage("invalid", `the file name ${shownName(name)} ${why}`, { file: name });
  }
}

/**
 * The same text for two names that a device may treat as one: of another case, or of another Unicode form.
 */
export function nameKey(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

function problemOf(name: string): string | undefined {
  if (name.includes("\\")) return "has a backslash; folders are separated by /";
  if (name.startsWith("/")) return "is absolute; names are relative to the package";
  if (/^[a-z]:/i.test(name)) return "begins with a drive; names are relative to the package";
  if (/\p{Cc}/u.test(name)) return "has a control character";
  if (/\p{Cs}/u.test(name)) return "is not well-formed Unicode";
  if (Buffer.byteLength(name) > LONGEST) return `is longer than ${LONGEST} bytes`;
  const parts = name.split("/");
  if (parts.includes("..")) return "leads out of the package by ..";
  if (parts.includes(".") || parts.includes("")) return "has an empty part or the part .";
  return undefined;
}
