import { printable } from "./printable.ts";

/**
 * What a caller's function threw, as an error that can be read: its message is a string, and its code, if any, too. Anything may be
 * thrown: `null`, an object that no text can be made of, an error whose getters throw.
 */
export function toError(thrown: unknown): Error {
  return isReadable(thrown) ? thrown : new Error(textOf(thrown), { cause: thrown });
}

/** The words of what was thrown, fit for messages and logs; empty if there are none. */
export function wordsOf(thrown: unknown, longest?: number): string {
  return printable(isReadable(thrown) ? thrown.message : textOf(thrown), longest);
}

function isReadable(thrown: unknown): thrown is Error {
  try {
    if (!(thrown instanceof Error) || typeof thrown.message !== "string") return false;
    const { code } = thrown as { code?: unknown };
    return code === undefined || typeof code === "string" || typeof code === "number";
  } catch {
    return false;
  }
}

function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "a value that no text can be made of was thrown";
  }
}
