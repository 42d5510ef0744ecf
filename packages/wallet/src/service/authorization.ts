import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Stands in for a missing secret, so the time of a comparison reveals nothing. */
const NOBODY = randomBytes(32).toString("hex");

/**
 * Whether two secrets are the same. The time of the comparison reveals nothing about them.
 *
 * @param expected `undefined` is never the same as anything
 */
export function sameSecret(given: string | undefined, expected: string | undefined): boolean {
  const same = timingSafeEqual(digest(given ?? ""), digest(expected ?? NOBODY));
  return same && given !== undefined && expected !== undefined;
}

/**
 * The token of an `Authorization` header.
 *
 * @param scheme such as `ApplePass`; its case does not matter (RFC 9110 §11.1)
 */
export function tokenOf(request: Request, scheme: string): string | undefined {
  const header = request.headers.get("authorization") ?? "";
  const at = header.indexOf(" ");
  if (at < 0 || header.slice(0, at).toLowerCase() !== scheme.toLowerCase()) return undefined;
  const token = header.slice(at + 1).trim();
  return token === "" ? undefined : token;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
