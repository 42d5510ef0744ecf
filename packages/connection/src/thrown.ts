import { printable } from "./printable.ts";

/**
 * Turns a value that a caller's function threw into an error whose message, and code if any, are strings.
 * Anything may be thrown: `null`, an object that does not convert to text, an error whose getters throw.
 */
export function toError(thrown: unknown): Error {
  return isReadable(thrown) ? thrown : new Error(textOf(thrown), { cause: thrown });
}

/** The message of a thrown value, fit for messages and logs; empty if there is none. */
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
