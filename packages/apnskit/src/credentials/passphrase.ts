import { InvalidCredentials } from "../errors.ts";
import { typeName } from "./source.ts";

/**
 * Checks the caller's passphrase.
 *
 * @throws InvalidCredentials `ERR_APNS_PASSPHRASE_WRONG` for a value that is no string; the message does not
 *   contain it
 */
export function readPassphrase(value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  const hint = typeof value === "number" ? ": write it in quotes" : "";
  throw new InvalidCredentials(
    "ERR_APNS_PASSPHRASE_WRONG",
    `passphrase must be a string; received ${typeName(value)}${hint}`,
  );
}

/**
 * The passphrases to try, in this order. PKCS#12 distinguishes an absent passphrase from an empty one (RFC
 * 7292 §B.1), and tools disagree on which an unprotected file has. Files and secret stores often add a line
 * break.
 */
export function passphrasesToTry(given: string | undefined): readonly (string | undefined)[] {
  if (given === undefined) return [undefined, ""];
  if (given === "") return ["", undefined];
  const line = given.endsWith("\n") ? given.slice(0, given.endsWith("\r\n") ? -2 : -1) : given;
  return line === given ? [given] : [given, line];
}
