import { type KeyObject, X509Certificate } from "node:crypto";
import { InvalidCredentials } from "../errors.ts";
import { derKind } from "./der-kind.ts";
import { readKeyMaterial } from "./key-material.ts";
import type { Block } from "./pem-blocks.ts";
import { openPfx } from "./pfx.ts";
import { isPrivateKey, keyOfDer, readPrivateKey } from "./private-key.ts";
import type { Source } from "./source.ts";

/** All certificates and private keys in a caller's files; at least one of each. */
export interface CertificateMaterial {
  readonly certificates: readonly X509Certificate[];
  readonly keys: readonly KeyObject[];
}

/** The most certificates, and the most keys, in one file. */
const MAX_ENTRIES = 100;
/** The most bytes of one certificate: Apple's have 2,000 to 6,000. */
const MAX_CERTIFICATE_SIZE = 65_536;
const UNREADABLE = "ERR_APNS_CERTIFICATE_UNREADABLE";

/**
 * Reads certificates from one source and private keys from another (or the same).
 *
 * @throws InvalidCredentials `ERR_APNS_CERTIFICATE_UNREADABLE`, `ERR_APNS_KEY_UNREADABLE` or
 *   `ERR_APNS_PASSPHRASE_WRONG`
 */
export function readPem(
  sources: { readonly pem: Source } | { readonly cert: Source; readonly key: Source },
  passphrase: string | undefined,
): CertificateMaterial {
  const one = "pem" in sources;
  const what = one ? "pem" : "cert";
  const blocks = readKeyMaterial(what, one ? sources.pem : sources.cert, UNREADABLE);
  const keyBlocks = one ? blocks : readKeyMaterial("key", sources.key, "ERR_APNS_KEY_UNREADABLE");
  const certificates = blocks.filter(isCertificate);
  if (certificates.length === 0) throw missing(what, "certificate", blocks);
  const keys = keyBlocks.filter(isPrivateKey);
  if (keys.length === 0) throw missing(one ? "pem" : "key", "private key", keyBlocks);
  checkNumber(what, certificates.length + keys.length);
  return {
    certificates: certificates.map(({ der, problem }) => readCertificate(what, der, problem)),
    keys: keys.map((block) => readPrivateKey(block, passphrase)),
  };
}

/**
 * Reads certificates without keys; keys in the same source are skipped.
 *
 * @param what the option's name, for the error
 * @returns at least one
 * @throws InvalidCredentials `ERR_APNS_CERTIFICATE_UNREADABLE`
 */
export function readCertificates(what: string, source: Source): readonly X509Certificate[] {
  const blocks = readKeyMaterial(what, source, UNREADABLE);
  const certificates = blocks.filter(isCertificate);
  if (certificates.length === 0) throw missing(what, "certificate", blocks);
  checkNumber(what, certificates.length);
  return certificates.map(({ der, problem }) => readCertificate(what, der, problem));
}

/**
 * Reads a PFX.
 *
 * @throws InvalidCredentials `ERR_APNS_CERTIFICATE_UNREADABLE` or `ERR_APNS_PASSPHRASE_WRONG`
 */
export function readPfx(source: Source, passphrase: string | undefined): CertificateMaterial {
  const [block] = readKeyMaterial("pfx", source, UNREADABLE, "a PFX (PKCS#12) file");
  const { der, problem } = block!;
  if (der === undefined) throw new InvalidCredentials(UNREADABLE, `pfx cannot be decoded: ${problem}`);
  const { certificates, keys } = openPfx(der, passphrase);
  if (keys.length === 0) throw new InvalidCredentials(UNREADABLE, "pfx holds no private key");
  if (certificates.length === 0) throw new InvalidCredentials(UNREADABLE, "pfx holds no certificate");
  checkNumber("pfx", certificates.length + keys.length);
  return {
    certificates: certificates.map((one) => readCertificate("pfx", one, undefined)),
    keys: keys.map((one) => {
      const key = keyOfDer(one);
      if (key !== undefined) return key;
      throw new InvalidCredentials(UNREADABLE, "pfx holds a private key that cannot be read");
    }),
  };
}

function isCertificate({ label, der }: Block): boolean {
  return label.endsWith("CERTIFICATE") || (der !== undefined && derKind(der) === "certificate");
}

function readCertificate(
  what: string,
  der: Buffer | undefined,
  problem: string | undefined,
): X509Certificate {
  const fail = (why: string, cause?: unknown) =>
    new InvalidCredentials(UNREADABLE, `${what}: the certificate cannot be read${why}`, { cause });
  if (der === undefined) throw fail(`: ${problem}`);
  if (der.length > MAX_CERTIFICATE_SIZE) throw fail(`: it is longer than ${MAX_CERTIFICATE_SIZE} bytes`);
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw fail("", cause);
  }
}

function missing(
  what: string,
  kind: "certificate" | "private key",
  blocks: readonly Block[],
): InvalidCredentials {
  const kinds = blocks.map(({ der, problem }) =>
    der === undefined ? `a block that cannot be read (${problem})` : `a ${derKind(der)}`,
  );
  const [first, ...more] = new Set(kinds);
  const found = more.length === 0 ? first : `${first}, ${more.slice(0, 5).join(", ")}`;
  const hint = kinds.includes("a PFX (PKCS#12) file") ? "; pass the file as pfx" : "";
  return new InvalidCredentials(
    kind === "certificate" ? UNREADABLE : "ERR_APNS_KEY_UNREADABLE",
    `${what} holds no ${kind}, but ${found}${hint}`,
  );
}

function checkNumber(what: string, entries: number): void {
  if (entries <= MAX_ENTRIES) return;
  throw new InvalidCredentials(UNREADABLE, `${what} holds more than ${MAX_ENTRIES} certificates and keys`);
}
