import { printable } from "@apnskit/connection/internal";

/** Characters of a text that is no device token which an outcome repeats. */
const LONGEST = 40;

/** A device token as it may stand in a log: enough to find it, too little to use it. */
export function abbreviatedToken(token: string): string {
  return token.length > 8 ? `${token.slice(0, 8)}…` : token;
}

/** What was given in place of a device token, in a form that an outcome can carry. */
export function textOfGiven(given: unknown): string {
  if (given instanceof Uint8Array) return Buffer.from(given).toString("hex").slice(0, LONGEST);
  return printable(typeof given === "string" ? given : typeof given, LONGEST);
}
