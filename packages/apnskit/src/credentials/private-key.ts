import { createPrivateKey, type KeyObject } from "node:crypto";
import { InvalidCredentials } from "../errors.ts";
import { MalformedDer, octets, readElement, sequence } from "./der.ts";
import { type DerKind, derKind } from "./der-kind.ts";
import { QuotaUsedUp } from "./derivation-quota.ts";
import { passphrasesToTry } from "./passphrase.ts";
import { decrypt, UnsupportedEncryption } from "./password-encryption.ts";
import type { Block } from "./pem-blocks.ts";
import { RoundBudget, TooManyRounds } from "./round-budget.ts";

/** The most bytes of one key: RSA with 16,384 bits has 9,300. */
const MAX_KEY_SIZE = 16_384;

const FORMATS: Partial<Readonly<Record<DerKind, "pkcs8" | "sec1" | "pkcs1">>> = {
  "PKCS#8 private key": "pkcs8",
  "EC private key": "sec1",
  "RSA private key": "pkcs1",
};

/** Whether a block holds, or should hold, a private key. */
export function isPrivateKey(block: Block): boolean {
  if (block.der === undefined) return block.label.endsWith("PRIVATEKEY");
  const kind = derKind(block.der);
  return kind in FORMATS || kind === "encrypted private key" || block.label.endsWith("PRIVATEKEY");
}

/** Whether the block's key is encrypted. */
export function isEncrypted(block: Block): boolean {
  return (
    block.encrypted !== undefined ||
    (block.der !== undefined && derKind(block.der) === "encrypted private key")
  );
}

/**
 * Reads the private key of a block, encrypted or not.
 *
 * @throws InvalidCredentials `ERR_APNS_KEY_UNREADABLE`, `ERR_APNS_PASSPHRASE_WRONG` or `ERR_APNS_CREDENTIALS_BUSY`
 */
export function readPrivateKey(block: Block, passphrase: string | undefined): KeyObject {
  const { der, encrypted, problem } = block;
  if (problem !== undefined) throw unreadable(`: ${problem}`);
  if (isEncrypted(block) && passphrase === undefined) {
    throw new InvalidCredentials("ERR_APNS_PASSPHRASE_WRONG", "key is encrypted: it needs a passphrase");
  }
  if (encrypted !== undefined) return decryptedByOpenSsl(encrypted, passphrase);
  if (derKind(der!) === "encrypted private key") return decryptedKey(der!, passphrase);
  const key = keyOfDer(der!);
  if (key === undefined) throw unreadable(block.label === "OPENSSHPRIVATEKEY" ? ": it is an SSH key" : "");
  return key;
}

/** The key of an unencrypted structure; `undefined` for anything else. */
export function keyOfDer(der: Buffer): KeyObject | undefined {
  const type = FORMATS[derKind(der)];
  if (type === undefined || der.length > MAX_KEY_SIZE) return undefined;
  try {
    return createPrivateKey({ key: der, format: "der", type });
  } catch {
    return undefined;
  }
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3). */
function decryptedKey(der: Buffer, passphrase: string | undefined): KeyObject {
  const budget = new RoundBudget();
  try {
    const [algorithm, data] = sequence(readElement(der));
    for (const one of passphrasesToTry(passphrase)) {
      const clear = decrypt(algorithm, octets(data), one, budget);
      const key = clear === undefined ? undefined : keyOfDer(clear);
      if (key !== undefined) return key;
    }
  } catch (error) {
    if (error instanceof QuotaUsedUp) {
      throw new InvalidCredentials(
        "ERR_APNS_CREDENTIALS_BUSY",
        `key cannot be decrypted now: ${error.message}`,
      );
    }
    if (
      error instanceof TooManyRounds ||
      error instanceof UnsupportedEncryption ||
      error instanceof MalformedDer
    ) {
      throw unreadable(`: ${error.message}`);
    }
    throw error;
  }
  throw wrongPassphrase();
}

/** The old form has one round, so OpenSSL may decrypt it. */
function decryptedByOpenSsl(pem: string, passphrase: string | undefined): KeyObject {
  for (const one of passphrasesToTry(passphrase)) {
    try {
      return createPrivateKey({ key: pem, passphrase: one ?? "" });
    } catch {
      // Another passphrase may fit.
    }
  }
  throw wrongPassphrase();
}

function wrongPassphrase(): InvalidCredentials {
  return new InvalidCredentials("ERR_APNS_PASSPHRASE_WRONG", "key cannot be decrypted with this passphrase");
}

function unreadable(why: string): InvalidCredentials {
  return new InvalidCredentials("ERR_APNS_KEY_UNREADABLE", `key is not a private key that can be read${why}`);
}
