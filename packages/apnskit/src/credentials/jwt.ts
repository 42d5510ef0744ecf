import { type KeyObject, sign } from "node:crypto";

/**
 * Signs a provider token: header `alg` and `kid`, claims `iss` and `iat`, nothing else ("Establishing a
 * token-based connection to APNs"). The signature is the plain r‖s form of RFC 7518 §3.4, not DER; base64url
 * has no padding (RFC 7515 §2).
 *
 * @param issuedAt seconds since 1970-01-01 UTC, whole
 */
export function signProviderToken(key: KeyObject, keyId: string, teamId: string, issuedAt: number): string {
  const head = `${base64url({ alg: "ES256", kid: keyId })}.${base64url({ iss: teamId, iat: issuedAt })}`;
  const signature = sign("sha256", Buffer.from(head), { key, dsaEncoding: "ieee-p1363" });
  return `${head}.${signature.toString("base64url")}`;
}

function base64url(part: Record<string, string | number>): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
