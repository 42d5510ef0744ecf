import { createDecipheriv, pbkdf2Sync, scryptSync } from "node:crypto";
import { type Element, integer, MalformedDer, octets, oid, sequence, TAG } from "./der.ts";
import { pkcs12Key } from "./pkcs12-key.ts";
import { decryptRc2 } from "./rc2.ts";
import type { RoundBudget } from "./round-budget.ts";

/** The encryption of the data is not supported. */
export class UnsupportedEncryption extends Error {}

/** RFC 7292 appendix C: by the last number of 1.2.840.113549.1.12.1. The key sizes are octets. */
const PKCS12_SCHEMES: Readonly<
  Record<string, { readonly key: number; readonly iv: number; readonly rc2: boolean }>
> = {
  "3": { key: 24, iv: 8, rc2: false },
  "4": { key: 16, iv: 8, rc2: false },
  "5": { key: 16, iv: 8, rc2: true },
  "6": { key: 5, iv: 8, rc2: true },
};

/** RFC 8018 §B.2: ciphers of PBES2, with the sizes of their keys. */
const CIPHERS: Readonly<Record<string, { readonly cipher: string; readonly key: number }>> = {
  "2.16.840.1.101.3.4.1.2": { cipher: "aes-128-cbc", key: 16 },
  "2.16.840.1.101.3.4.1.22": { cipher: "aes-192-cbc", key: 24 },
  "2.16.840.1.101.3.4.1.42": { cipher: "aes-256-cbc", key: 32 },
  "1.2.840.113549.3.7": { cipher: "des-ede3-cbc", key: 24 },
};

/** scrypt needs 128 octets of memory for each block: 64 MiB in total. OpenSSL writes a quarter of it. */
const MAX_SCRYPT_BLOCKS = 524_288;

/** RFC 8018 §B.1.2: hashes of HMAC. */
const HMACS: Readonly<Record<string, { readonly hash: string; readonly size: number }>> = {
  "1.2.840.113549.2.7": { hash: "sha1", size: 20 },
  "1.2.840.113549.2.8": { hash: "sha224", size: 28 },
  "1.2.840.113549.2.9": { hash: "sha256", size: 32 },
  "1.2.840.113549.2.10": { hash: "sha384", size: 48 },
  "1.2.840.113549.2.11": { hash: "sha512", size: 64 },
};

/** The hash of an HMAC. @throws UnsupportedEncryption */
export function hmacHash(algorithm: Element | undefined): string {
  return hmacOf(oid(sequence(algorithm)[0])).hash;
}

/**
 * Decrypts data that a passphrase protects: PBES2 (RFC 8018 §6.2) with PBKDF2 or scrypt, or PKCS#12's own
 * schemes.
 *
 * @param algorithm the AlgorithmIdentifier
 * @param passphrase `undefined` for none
 * @returns `undefined` when the padding is wrong: the passphrase is wrong, or the data is damaged
 * @throws MalformedDer, UnsupportedEncryption, TooManyRounds
 */
export function decrypt(
  algorithm: Element | undefined,
  data: Buffer,
  passphrase: string | undefined,
  budget: RoundBudget,
): Buffer | undefined {
  const [id, parameters] = sequence(algorithm);
  const scheme = oid(id);
  if (scheme === "1.2.840.113549.1.5.13") return decryptPbes2(sequence(parameters), data, passphrase, budget);
  const old = PKCS12_SCHEMES[scheme.replace("1.2.840.113549.1.12.1.", "")];
  if (old === undefined) throw unsupported(scheme);
  const [salt, iterations] = sequence(parameters);
  const derive = (purpose: "key" | "iv", length: number) =>
    pkcs12Key("sha1", passphrase, octets(salt), integer(iterations), purpose, length, budget);
  const key = derive("key", old.key);
  const iv = derive("iv", old.iv);
  if (old.rc2) return data.length % 8 === 0 ? unpadded(decryptRc2(key, iv, data)) : undefined;
  // With two keys, the first key is also the third.
  return decipher("des-ede3-cbc", Buffer.concat([key, key]).subarray(0, 24), iv, data);
}

/**
 * Derives the key from a passphrase with PBKDF2 or scrypt.
 *
 * @param derivation the AlgorithmIdentifier of the derivation
 * @throws MalformedDer, UnsupportedEncryption, TooManyRounds
 */
export function deriveKey(
  derivation: Element | undefined,
  passphrase: string | undefined,
  length: number,
  budget: RoundBudget,
): Buffer {
  const [id, parameters] = sequence(derivation);
  const [salt, first, ...rest] = sequence(parameters);
  if (oid(id) === "1.3.6.1.4.1.11591.4.11") {
    // RFC 7914 §7.1. One unit of its cost takes about as long as one round of PBKDF2.
    const [N, r, p] = [integer(first), integer(rest[0]), integer(rest[1])];
    if (N * r > MAX_SCRYPT_BLOCKS) throw new MalformedDer("a number is out of range");
    budget.spend(1, N * r * p);
    return runScrypt(passphrase ?? "", octets(salt), length, N, r, p);
  }
  if (oid(id) !== "1.2.840.113549.1.5.12") throw unsupported(oid(id));
  const iterations = integer(first);
  if (iterations === 0) throw new MalformedDer("a number is out of range");
  // RFC 8018 §A.2: the key's length and the hash may follow; the hash is SHA-1 by default.
  const prf = rest.find(({ tag }) => tag === TAG.sequence);
  const { hash, size } = prf === undefined ? HMACS["1.2.840.113549.2.7"]! : hmacOf(oid(sequence(prf)[0]));
  budget.spend(iterations, Math.ceil(length / size));
  return pbkdf2Sync(passphrase ?? "", octets(salt), iterations, length, hash);
}

function decryptPbes2(
  [derivation, encryption]: readonly Element[],
  data: Buffer,
  passphrase: string | undefined,
  budget: RoundBudget,
): Buffer | undefined {
  const [id, iv] = sequence(encryption);
  const scheme = CIPHERS[oid(id)];
  if (scheme === undefined) throw unsupported(oid(id));
  return decipher(scheme.cipher, deriveKey(derivation, passphrase, scheme.key, budget), octets(iv), data);
}

function hmacOf(id: string): { readonly hash: string; readonly size: number } {
  const found = HMACS[id];
  if (found === undefined) throw unsupported(id);
  return found;
}

function runScrypt(
  passphrase: string,
  salt: Buffer,
  length: number,
  N: number,
  r: number,
  p: number,
): Buffer {
  try {
    return scryptSync(passphrase, salt, length, { N, r, p, maxmem: 256 * N * r + 1_048_576 });
  } catch {
    throw new MalformedDer("a number is out of range");
  }
}

function decipher(cipher: string, key: Buffer, iv: Buffer, data: Buffer): Buffer | undefined {
  if (iv.length !== (cipher === "des-ede3-cbc" ? 8 : 16)) throw new MalformedDer("a number is out of range");
  const decryption = createDecipheriv(cipher, key, iv);
  try {
    return Buffer.concat([decryption.update(data), decryption.final()]);
  } catch {
    return undefined;
  }
}

/** Removes the padding of RFC 8018 §6.1.1. */
function unpadded(data: Buffer): Buffer | undefined {
  const size = data.at(-1) ?? 0;
  if (size < 1 || size > 8 || size > data.length) return undefined;
  const padding = data.subarray(data.length - size);
  return padding.every((octet) => octet === size) ? data.subarray(0, data.length - size) : undefined;
}

function unsupported(id: string): UnsupportedEncryption {
  return new UnsupportedEncryption(
    `it is encrypted in a way that is not supported (${id}); export it with AES-256`,
  );
}
