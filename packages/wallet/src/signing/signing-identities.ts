import type { KeyObject, X509Certificate } from "node:crypto";
import { printable } from "@apnskit/connection/internal";
import { type CertificateOptions, type Clock, InvalidCredentials, type Source } from "apnskit";
import { checkOptions, readCertificates, readClock, readMaterial } from "apnskit/internal";
import { attributeOf, isImpostor, remedyFor, WALLET_INTERMEDIATE } from "./apple-intermediates.ts";
import { SigningIdentity, shownName } from "./signing-identity.ts";

/**
 * Exactly one of `pem`, `cert` with `key`, or `pfx`, in the forms that `certificate()` of apnskit takes. A
 * file may have several certificates; the one for the package is used.
 */
export interface SignerOptions
  extends Pick<CertificateOptions, "pem" | "cert" | "key" | "pfx" | "passphrase"> {
  /**
   * Apple's intermediate certificates (WWDR), PEM or DER; the issuer of the certificate is used. Not needed
   * if the other files contain it.
   */
  readonly wwdr?: Source | readonly Source[] | undefined;
  /** The clock; the machine's by default. */
  readonly clock?: Clock | undefined;
}

const OPTIONS = ["pem", "cert", "key", "pfx", "passphrase", "wwdr", "clock"] as const;

/** The identities to choose from; each is complete. */
export interface SigningMaterial {
  readonly identities: readonly [SigningIdentity, ...SigningIdentity[]];
  readonly clock: Clock;
}

/**
 * Reads certificates, keys and intermediates, and matches them.
 *
 * @param maker the function that takes the options, for the errors
 * @param prefix only certificates whose UID begins with it count, such as `pass.`
 * @throws InvalidCredentials for parts that are missing, cannot be read or do not match, and if no
 * certificate is valid now
 * @throws InvalidOption for an unknown option
 */
export function readIdentities(maker: string, options: SignerOptions, prefix = ""): SigningMaterial {
  checkOptions(maker, options, OPTIONS);
  const { wwdr, clock: givenClock, ...sources } = options;
  const clock = readClock(givenClock);
  const { certificates, keys } = readMaterial(sources, maker);
  const distinct = unique(certificates);
  const candidates = unique([...distinct, ...intermediatesOf(wwdr)]);
  const pairs = distinct.flatMap((leaf) => {
    const key = keys.find((one) => leaf.checkPrivateKey(one));
    return key === undefined ? [] : [{ leaf, key }];
  });
  if (pairs.length === 0) {
    throw new InvalidCredentials(
      "ERR_APNS_CERTIFICATE_KEY_MISMATCH",
      `The private key does not belong to the certificate: ${distinct.slice(0, 10).map(shownName).join("; ")}`,
    );
  }
  const attempts = pairs.map(({ leaf, key }) => attempt(leaf, key, candidates, prefix, clock.epoch()));
  const [first, ...more] = attempts.filter((one) => one instanceof SigningIdentity);
  if (first !== undefined) return { identities: [first, ...more], clock };
  // The refusal of a certificate of the right kind says more than that of another kind.
  const refusals = attempts.filter((one) => one instanceof InvalidCredentials);
  throw refusals.find(({ code }) => code !== "ERR_APNS_CERTIFICATE_IDENTIFIER") ?? refusals[0]!;
}

function intermediatesOf(wwdr: SignerOptions["wwdr"]): readonly X509Certificate[] {
  if (wwdr === undefined) return [];
  const sources = Array.isArray(wwdr) ? (wwdr as readonly Source[]) : [wwdr as Source];
  return sources.flatMap((source) => readCertificates("wwdr", source));
}

function unique(certificates: readonly X509Certificate[]): X509Certificate[] {
  return [...new Map(certificates.map((one) => [one.fingerprint256, one])).values()];
}

/** The identity of a certificate, or why the certificate is unusable. */
function attempt(
  leaf: X509Certificate,
  key: KeyObject,
  candidates: readonly X509Certificate[],
  prefix: string,
  epoch: number,
): SigningIdentity | InvalidCredentials {
  const uid = attributeOf(leaf.subject, "UID");
  if (prefix !== "" && uid?.startsWith(prefix) !== true) return otherPurpose(leaf, uid, prefix);
  try {
    const identity = new SigningIdentity(leaf, key, issuerOf(leaf, candidates, epoch));
    identity.assertValid(epoch);
    return identity;
  } catch (error) {
    if (error instanceof InvalidCredentials) return error;
    throw error;
  }
}

function otherPurpose(leaf: X509Certificate, uid: string | undefined, prefix: string): InvalidCredentials {
  const is = uid === undefined ? "names no identifier (UID)" : `is for ${printable(uid)}`;
  const wanted = `a certificate whose identifier begins with ${prefix}`;
  return new InvalidCredentials(
    "ERR_APNS_CERTIFICATE_IDENTIFIER",
    `The certificate ${shownName(leaf)} ${is}; give ${wanted}`,
  );
}

/**
 * The intermediate that issued the certificate: by name, key identifier and signature, not by the file's
 * name.
 */
function issuerOf(
  leaf: X509Certificate,
  candidates: readonly X509Certificate[],
  epoch: number,
): X509Certificate {
  const issuers = candidates
    .filter((one) => one.fingerprint256 !== leaf.fingerprint256)
    .filter((one) => leaf.checkIssued(one) && leaf.verify(one.publicKey))
    .toSorted((one, other) => Date.parse(other.validTo) - Date.parse(one.validTo));
  const [issuer] = issuers;
  if (issuer === undefined) throw noIssuer(leaf, candidates);
  if (isImpostor(issuer)) {
    throw new InvalidCredentials(
      "ERR_APNS_CERTIFICATE_ISSUER",
      `The intermediate ${shownName(issuer)} is not Apple's ${WALLET_INTERMEDIATE.generation}: ` +
        `its fingerprint is ${issuer.fingerprint256}; fetch ${WALLET_INTERMEDIATE.url}`,
    );
  }
  if (epoch > Date.parse(issuer.validTo)) {
    throw new InvalidCredentials(
      "ERR_APNS_CERTIFICATE_EXPIRED",
      `The intermediate ${shownName(issuer)} of ${shownName(leaf)} has expired; ${remedyFor(leaf.issuer)}`,
    );
  }
  return issuer;
}

function noIssuer(leaf: X509Certificate, candidates: readonly X509Certificate[]): InvalidCredentials {
  const names = candidates
    .filter((one) => one.fingerprint256 !== leaf.fingerprint256)
    .map((one) => nameWithUnit(one.subject));
  const given = names.length === 0 ? "wwdr is missing" : `wwdr has ${names.slice(0, 5).join("; ")}`;
  const issuer = nameWithUnit(leaf.issuer);
  return new InvalidCredentials(
    "ERR_APNS_CERTIFICATE_ISSUER",
    `The certificate ${shownName(leaf)} was issued by ${issuer}, but ${given}; ${remedyFor(leaf.issuer)}`,
  );
}

function nameWithUnit(name: string): string {
  const unit = attributeOf(name, "OU");
  return printable([attributeOf(name, "CN") ?? "an issuer without name", ...(unit ? [unit] : [])].join(", "));
}
