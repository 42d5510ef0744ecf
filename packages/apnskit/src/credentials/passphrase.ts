import { InvalidCredentials } from "../errors.ts";
import { typeName } from "./source.ts";

/**
 * The passphrase that a caller gave.
 *
 * @throws InvalidCredentials `ERR_APNS_PASSPHRASE_WRONG` for a value that is no string; the message does not hold it
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
 * What to try for a passphrase, in this order. An absent passphrase and an empty one are different in PKCS#12 (RFC 7292
 * §B.1), and tools disagree on which of them an unprotected file has. A file or a secret store often adds a line break.
 */
export function passphrasesToTry(given: string | undefined): readonly (string | undefined)[] {
  if (given === undefined) return [undefined, ""];
  if (given === "") return ["", undefined];
  const line = given.endsWith("\n") ? given.slice(0, given.endsWith("\r\n") ? -2 : -1) : given;
  return line === given ? [given] : [given, line];
}
