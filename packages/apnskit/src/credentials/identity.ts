import type { KeyObject, X509Certificate } from "node:crypto";
import { printable } from "@apnskit/connection/internal";
import { type CredentialsErrorCode, InvalidCredentials } from "../errors.ts";
import { type ApnsExtensions, type Environment, readApnsExtensions } from "./apns-extensions.ts";
import type { CertificateMaterial } from "./certificate-material.ts";
import { MalformedDer } from "./der.ts";

/** A certificate with its private key, and its contents. */
export interface Identity {
  readonly leaf: X509Certificate;
  readonly key: KeyObject;
  /** The other certificates of the file. */
  readonly intermediates: readonly X509Certificate[];
  readonly extensions: ApnsExtensions;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The most names in an error's list; further ones are counted. */
const MAX_LISTED = 10;

/**
 * Chooses the usable identities: the certificate belongs to a key, is valid now, is for pushes, and fits the
 * environment. A file often holds more: the expired predecessor, a distribution certificate, one for each
 * environment.
 *
 * @param environment the only one to consider; without it, the result may have one identity for each
 * @returns one identity, or two for different environments
 * @throws InvalidCredentials with a list of the certificates, when none or several are usable
 */
export function chooseIdentities(
  material: CertificateMaterial,
  epoch: number,
  environment?: Environment,
): readonly [Identity, ...Identity[]] {
  const identities = pair(material);
  const suitable = identities.filter((one) => refusal(one, epoch, environment) === undefined);
  const serving = pushIdentities(suitable);
  const [first, ...more] = serving;
  if (first === undefined) throw noneServes(identities, epoch, environment);
  const clash = more.some((one) => serving.some((other) => other !== one && overlap(one, other)));
  if (clash) throw severalServe(serving, environment);
  return [first, ...more];
}

/** The subject's common name (RFC 5280 §4.1.2.6). */
export function commonName(leaf: X509Certificate): string | undefined {
  return /^CN=(.*)$/m.exec(leaf.subject)?.[1];
}

/** A certificate as an error names it. */
export function nameOf(leaf: X509Certificate): string {
  return `'${printable(commonName(leaf) ?? leaf.serialNumber)}'`;
}

function pair({ certificates, keys }: CertificateMaterial): Identity[] {
  const distinct = [...new Map(certificates.map((one) => [one.fingerprint256, one])).values()];
  const paired = distinct.flatMap((leaf) => {
    const key = keys.find((candidate) => leaf.checkPrivateKey(candidate));
    return key === undefined ? [] : [{ leaf, key }];
  });
  if (paired.length === 0) {
    throw new InvalidCredentials(
      "ERR_APNS_CERTIFICATE_KEY_MISMATCH",
      `The private key does not belong to the certificate: ${list(distinct.map(nameOf))}`,
    );
  }
  // A certificate with a key in this file is a separate identity, not an intermediate.
  const intermediates = distinct.filter((one) => !paired.some(({ leaf }) => leaf === one));
  return paired.map(({ leaf, key }) => identity(leaf, key, intermediates));
}

function identity(
  leaf: X509Certificate,
  key: KeyObject,
  intermediates: readonly X509Certificate[],
): Identity {
  const [notBefore, notAfter] = [new Date(leaf.validFrom), new Date(leaf.validTo)];
  try {
    return { leaf, key, intermediates, extensions: readApnsExtensions(leaf.raw), notBefore, notAfter };
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    throw new InvalidCredentials(
      "ERR_APNS_CERTIFICATE_UNREADABLE",
      `cert: the extensions of ${nameOf(leaf)} cannot be decoded: ${error.message}`,
    );
  }
}

/** Why an identity is unusable. */
function refusal(
  { notBefore, notAfter, extensions }: Identity,
  epoch: number,
  environment: Environment | undefined,
): { readonly code: CredentialsErrorCode; readonly why: string } | undefined {
  if (epoch > notAfter.getTime()) {
    return { code: "ERR_APNS_CERTIFICATE_EXPIRED", why: `expired on ${notAfter.toISOString()}` };
  }
  if (epoch < notBefore.getTime()) {
    return { code: "ERR_APNS_CERTIFICATE_NOT_YET_VALID", why: `is valid from ${notBefore.toISOString()} on` };
  }
  if (!extensions.provesClients) {
    const why = "is not for TLS clients, and so not for pushes (a signing certificate?)";
    return { code: "ERR_APNS_CERTIFICATE_PURPOSE", why };
  }
  const { environments } = extensions;
  if (environment !== undefined && environments.length > 0 && !environments.includes(environment)) {
    const why = `is for ${environments.join(" and ")}, not for ${environment}`;
    return { code: "ERR_APNS_CERTIFICATE_ENVIRONMENT", why };
  }
  return undefined;
}

/** The identities with Apple's extensions; if there are none, those that name an app; otherwise all. */
function pushIdentities(identities: readonly Identity[]): readonly Identity[] {
  const extended = identities.filter(
    ({ extensions: { environments, topics } }) => environments.length > 0 || topics !== undefined,
  );
  if (extended.length > 0) return extended;
  // The UID of Apple's other certificates is the team, which contains no full stop.
  const named = identities.filter(({ extensions }) => extensions.uid?.includes(".") === true);
  return named.length > 0 ? named : identities;
}

/** Whether two identities could serve in the same environment. */
function overlap(one: Identity, other: Identity): boolean {
  const [a, b] = [one.extensions.environments, other.extensions.environments];
  return a.length === 0 || b.length === 0 || a.some((environment) => b.includes(environment));
}

function noneServes(
  identities: readonly Identity[],
  epoch: number,
  environment: Environment | undefined,
): InvalidCredentials {
  const refusals = identities.map((one) => ({ leaf: one.leaf, ...refusal(one, epoch, environment)! }));
  const { code } = refusals[0]!;
  if (refusals.length === 1) return refusalError(refusals[0]!.leaf, code, refusals[0]!.why);
  const all = list(refusals.map(({ leaf, why }) => `${nameOf(leaf)} ${why}`));
  return new InvalidCredentials(code, `None of the ${refusals.length} certificates can serve: ${all}`);
}

/** The error for one certificate. */
export function refusalError(
  leaf: X509Certificate,
  code: CredentialsErrorCode,
  why: string,
): InvalidCredentials {
  return new InvalidCredentials(code, `The certificate ${nameOf(leaf)} ${why}`);
}

function severalServe(
  identities: readonly Identity[],
  environment: Environment | undefined,
): InvalidCredentials {
  const all = list(
    identities.map(({ leaf, notAfter, extensions: { environments } }) => {
      const where = environments.length === 0 ? "" : `, ${environments.join(" and ")}`;
      return `${nameOf(leaf)} (serial number ${leaf.serialNumber}, to ${notAfter.toISOString().slice(0, 10)}${where})`;
    }),
  );
  const hint =
    environment === undefined
      ? "give environment, or a file with one of them"
      : "give a file with one of them";
  return new InvalidCredentials(
    "ERR_APNS_CREDENTIALS_AMBIGUOUS",
    `${identities.length} certificates can serve: ${all}; ${hint}`,
  );
}

function list(items: readonly string[]): string {
  const shown = items.slice(0, MAX_LISTED).join("; ");
  return items.length > MAX_LISTED ? `${shown}; and ${items.length - MAX_LISTED} more` : shown;
}
