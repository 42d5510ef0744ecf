import { createHmac, timingSafeEqual } from "node:crypto";
import { type CredentialsErrorCode, InvalidCredentials } from "../errors.ts";
import {
  children,
  type Element,
  expect,
  integer,
  MalformedDer,
  octets,
  oid,
  readElement,
  sequence,
} from "./der.ts";
import { derKind } from "./der-kind.ts";
import { QuotaUsedUp } from "./derivation-quota.ts";
import { passphrasesToTry } from "./passphrase.ts";
import { decrypt, deriveKey, hmacHash, UnsupportedEncryption } from "./password-encryption.ts";
import { pkcs12Key } from "./pkcs12-key.ts";
import { RoundBudget, TooManyRounds } from "./round-budget.ts";

/** The contents of a PFX file: certificates, and private keys as PKCS#8 without encryption. All are DER. */
export interface PfxContent {
  readonly certificates: readonly Buffer[];
  readonly keys: readonly Buffer[];
}

/** PKCS#7 content types (RFC 5652) and PKCS#12 bag types (RFC 7292 §4.2, appendix D). */
const DATA = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
const KEY_BAG = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG = "1.2.840.113549.1.12.10.1.3";
const SAFE_CONTENTS_BAG = "1.2.840.113549.1.12.10.1.6";
const X509 = "1.2.840.113549.1.9.22.1";

/** Hashes of the MAC. */
const DIGESTS: Readonly<Record<string, { readonly hash: string; readonly size: number }>> = {
  "1.3.14.3.2.26": { hash: "sha1", size: 20 },
  "2.16.840.1.101.3.4.2.4": { hash: "sha224", size: 28 },
  "2.16.840.1.101.3.4.2.1": { hash: "sha256", size: 32 },
  "2.16.840.1.101.3.4.2.2": { hash: "sha384", size: 48 },
  "2.16.840.1.101.3.4.2.3": { hash: "sha512", size: 64 },
};
const PBMAC1 = "1.2.840.113549.1.5.14";
const EXPLICIT = 0xa0;
const MAX_NESTING = 4;

/** The passphrase does not decrypt a part of the file. */
class WrongPassphrase extends Error {}

/**
 * Opens a PFX (PKCS#12, RFC 7292) with modern ciphers (AES by PBES2) and with old ones (RC2, 3DES), which
 * Keychain still writes and the TLS of Node.js refuses.
 *
 * @throws InvalidCredentials `ERR_APNS_PASSPHRASE_WRONG`, `ERR_APNS_CERTIFICATE_UNREADABLE` or
 *   `ERR_APNS_CREDENTIALS_BUSY`
 */
export function openPfx(file: Buffer, passphrase: string | undefined): PfxContent {
  const kind = derKind(file);
  if (kind === "unknown structure") throw problem("is not a PFX (PKCS#12) file");
  if (kind !== "PFX (PKCS#12) file")
    throw problem(`cannot be decoded: it is a ${kind}, not a PFX (PKCS#12) file`);
  try {
    return read(sequence(readElement(file)), passphrase);
  } catch (error) {
    if (error instanceof WrongPassphrase) {
      const absent = passphrase === undefined || passphrase === "";
      const why = absent ? "it needs one" : error.message;
      throw problem(`cannot be opened: wrong passphrase: ${why}`, "ERR_APNS_PASSPHRASE_WRONG");
    }
    if (error instanceof QuotaUsedUp)
      throw problem(`cannot be opened now: ${error.message}`, "ERR_APNS_CREDENTIALS_BUSY");
    if (error instanceof TooManyRounds || error instanceof UnsupportedEncryption) {
      throw problem(`cannot be opened: ${error.message}`);
    }
    if (error instanceof MalformedDer) throw problem(`cannot be decoded: ${error.message}`);
    throw error;
  }
}

function read([, content, mac]: readonly Element[], passphrase: string | undefined): PfxContent {
  const budget = new RoundBudget();
  const [type, wrapped] = sequence(content);
  if (oid(type) !== DATA)
    throw new UnsupportedEncryption("it is protected by a public key, not by a passphrase");
  const safe = octets(explicit(wrapped));
  return firstThatOpens(passphrasesToTry(passphrase), (one) => {
    if (mac !== undefined && !matchesMac(sequence(mac), safe, one, budget)) {
      throw new WrongPassphrase("the given one does not open it");
    }
    return readSafe(safe, one, budget);
  });
}

function firstThatOpens<Result>(
  passphrases: readonly (string | undefined)[],
  open: (passphrase: string | undefined) => Result,
): Result {
  let failure: unknown;
  for (const passphrase of passphrases) {
    try {
      return open(passphrase);
    } catch (error) {
      if (!(error instanceof WrongPassphrase)) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** RFC 7292 §4 and, for PBMAC1, RFC 9579. */
function matchesMac(
  [digestInfo, salt, iterations]: readonly Element[],
  safe: Buffer,
  passphrase: string | undefined,
  budget: RoundBudget,
): boolean {
  const [algorithm, digest] = sequence(digestInfo);
  const [id, parameters] = sequence(algorithm);
  const expected = octets(digest);
  let computed: Buffer;
  if (oid(id) === PBMAC1) {
    const [derivation, hmac] = sequence(parameters);
    const key = deriveKey(derivation, passphrase, expected.length, budget);
    computed = createHmac(hmacHash(hmac), key).update(safe).digest();
  } else {
    const found = DIGESTS[oid(id)];
    if (found === undefined)
      throw new UnsupportedEncryption(`its MAC is of a kind that is not supported (${oid(id)})`);
    const { hash, size } = found;
    const count = iterations === undefined ? 1 : integer(iterations);
    const key = pkcs12Key(hash, passphrase, octets(salt), count, "mac", size, budget);
    computed = createHmac(hash, key).update(safe).digest();
  }
  return computed.length === expected.length && timingSafeEqual(computed, expected);
}

function readSafe(safe: Buffer, passphrase: string | undefined, budget: RoundBudget): PfxContent {
  const found = { certificates: [] as Buffer[], keys: [] as Buffer[] };
  for (const info of sequence(readElement(safe))) {
    const [type, wrapped] = sequence(info);
    const kind = oid(type);
    let bags: Buffer;
    if (kind === DATA) {
      bags = octets(explicit(wrapped));
    } else if (kind === ENCRYPTED_DATA) {
      const [, content] = sequence(explicit(wrapped));
      const [, algorithm, encrypted] = sequence(content);
      bags = decrypted(algorithm, octets(encrypted, 0x80), passphrase, budget);
    } else {
      throw new UnsupportedEncryption("it is protected by a public key, not by a passphrase");
    }
    readBags(readElement(bags), passphrase, budget, found, MAX_NESTING);
  }
  return found;
}

function readBags(
  bags: Element,
  passphrase: string | undefined,
  budget: RoundBudget,
  found: { certificates: Buffer[]; keys: Buffer[] },
  nesting: number,
): void {
  if (nesting === 0) throw new MalformedDer("it is nested too deeply");
  for (const bag of sequence(bags)) {
    const [type, wrapped] = sequence(bag);
    const value = explicit(wrapped);
    switch (oid(type)) {
      case KEY_BAG:
        found.keys.push(value.raw);
        break;
      case SHROUDED_KEY_BAG: {
        const [algorithm, encrypted] = sequence(value);
        found.keys.push(decrypted(algorithm, octets(encrypted), passphrase, budget));
        break;
      }
      case CERTIFICATE_BAG: {
        const [kind, certificate] = sequence(value);
        if (oid(kind) === X509) found.certificates.push(octets(explicit(certificate)));
        break;
      }
      case SAFE_CONTENTS_BAG:
        readBags(value, passphrase, budget, found, nesting - 1);
    }
  }
}

/** @throws WrongPassphrase */
function decrypted(
  algorithm: Element | undefined,
  data: Buffer,
  passphrase: string | undefined,
  budget: RoundBudget,
): Buffer {
  const clear = decrypt(algorithm, data, passphrase, budget);
  // By chance, one in 256 wrong passphrases leaves padding that looks right.
  if (clear === undefined || clear[0] !== 0x30)
    throw new WrongPassphrase("the given one does not decrypt it");
  return clear;
}

/** The contents of an explicit tag [0]. */
function explicit(element: Element | undefined): Element {
  const [inside] = children(expect(element, EXPLICIT));
  if (inside === undefined) throw new MalformedDer("an element is missing");
  return inside;
}

function problem(
  what: string,
  code: CredentialsErrorCode = "ERR_APNS_CERTIFICATE_UNREADABLE",
): InvalidCredentials {
  return new InvalidCredentials(code, `pfx ${what}`);
}
