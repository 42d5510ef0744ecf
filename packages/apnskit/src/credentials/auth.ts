import { InvalidCredentials } from "../errors.ts";
import type { Environment } from "./apns-extensions.ts";
import { Certificate } from "./certificate.ts";
import { ProviderToken } from "./provider-token.ts";
import { typeName } from "./source.ts";

/** The credentials of a client: a provider token or a certificate. */
export type Auth = ProviderToken | Certificate;

/**
 * Checks the credentials that a caller gave.
 *
 * @param environment if given, a file with a certificate for each environment yields the one for this
 *   environment
 * @throws InvalidCredentials `ERR_APNS_CREDENTIALS_MISSING` for none, `ERR_APNS_CREDENTIALS_AMBIGUOUS` for both kinds,
 *   `ERR_APNS_CERTIFICATE_ENVIRONMENT` for a certificate of another environment
 */
export function requireAuth(auth: unknown, environment?: Environment): Auth {
  if (auth instanceof ProviderToken) return auth;
  if (auth instanceof Certificate) return environment === undefined ? auth : auth.forEnvironment(environment);
  const advice = "make it with providerToken({ key, keyId, teamId }) or certificate({ pem })";
  if (auth === undefined || auth === null) {
    throw new InvalidCredentials("ERR_APNS_CREDENTIALS_MISSING", `auth is missing; ${advice}`);
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
  throw new InvalidCredentials("ERR_APNS_CREDENTIALS_MISSING", `auth cannot be ${typeName(auth)}; ${advice}`);
}
