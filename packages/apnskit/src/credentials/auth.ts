import { InvalidCredentials } from "../errors.ts";
import { Certificate } from "./certificate.ts";
import { ProviderToken } from "./provider-token.ts";
import { typeName } from "./source.ts";

/** How a client proves who it is: by a provider token or by a certificate. */
export type Auth = ProviderToken | Certificate;

/**
 * Checks what a caller gave as credentials.
 *
 * @throws InvalidCredentials `ERR_APNS_CREDENTIALS_MISSING` for none, `ERR_APNS_CREDENTIALS_AMBIGUOUS` for both kinds
 */
export function requireAuth(auth: unknown): Auth {
  if (auth instanceof ProviderToken || auth instanceof Certificate) return auth;
  const made = "make it with providerToken({ key, keyId, teamId }) or certificate({ pem })";
  if (auth === undefined || auth === null) {
    throw new InvalidCredentials("ERR_APNS_CREDENTIALS_MISSING", `auth is missing; ${made}`);
  }
  const values = typeof auth === "object" ? Object.values(auth) : [];
  if (
    values.some((one) => one instanceof ProviderToken) &&
    values.some((one) => one instanceof Certificate)
  ) {
    throw new InvalidCredentials(
      "ERR_APNS_CREDENTIALS_AMBIGUOUS",
      "auth holds a provider token and a certificate; give one of them",
    );
  }
  throw new InvalidCredentials("ERR_APNS_CREDENTIALS_MISSING", `auth cannot be ${typeName(auth)}; ${made}`);
}
