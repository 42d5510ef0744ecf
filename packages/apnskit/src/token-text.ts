import { types } from "node:util";
import { printable } from "@apnskit/connection/internal";
import { deviceToken } from "./device-token.ts";

/** The most characters that an outcome repeats of a text that is no device token. */
const LONGEST = 40;

/** A device token for logs: enough to find it, too little to use it. */
export function abbreviatedToken(token: string): string {
  return token.length > 8 ? `${token.slice(0, 8)}…` : token;
}

/** A device token for an outcome, whatever the input was. */
export function tokenOfGiven(given: unknown): { readonly token: string; readonly given?: string } {
  try {
    const token = deviceToken(given as string | Uint8Array);
    return typeof given === "string" && given !== token ? { token, given } : { token };
  } catch {
    return { token: textOfGiven(given) };
  }
}

function textOfGiven(given: unknown): string {
  if (types.isUint8Array(given)) return Buffer.from(given).toString("hex").slice(0, LONGEST);
  return printable(typeof given === "string" ? given : typeof given, LONGEST);
}
