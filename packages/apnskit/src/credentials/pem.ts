import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { InvalidCredentials } from "../errors.ts";
import type { CertificateMaterial } from "./pfx.ts";

const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const KEY_BLOCK = /-----BEGIN ((?:[A-Z]+ )*)PRIVATE KEY-----[\s\S]+?-----END \1PRIVATE KEY-----/;

/**
 * Reads certificates from one PEM text and the private key from another (or the same), encrypted or not.
 *
 * @throws InvalidCredentials `ERR_APNS_CERTIFICATE_UNREADABLE`, `ERR_APNS_KEY_UNREADABLE` or
 *   `ERR_APNS_PASSPHRASE_WRONG`
 */
export function openPem(
  certificatePem: string,
  keyPem: string,
  passphrase: string | undefined,
): CertificateMaterial {
  const blocks = certificatePem.match(CERTIFICATE_BLOCK) ?? [];
  if (blocks.length === 0) {
    throw new InvalidCredentials(
      "ERR_APNS_CERTIFICATE_UNREADABLE",
      "cert: the PEM text holds no certificate",
    );
  }
  const block = keyPem.match(KEY_BLOCK)?.[0];
  if (block === undefined) {
    throw new InvalidCredentials("ERR_APNS_KEY_UNREADABLE", "key: the PEM text holds no private key");
  }
  return { certificates: blocks.map(readCertificate), key: readKey(block, passphrase) };
}

function readCertificate(block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw new InvalidCredentials("ERR_APNS_CERTIFICATE_UNREADABLE", "cert: the certificate cannot be read", {
      cause,
    });
  }
}

function readKey(block: string, passphrase: string | undefined): KeyObject {
  const encrypted = block.includes("ENCRYPTED");
  if (encrypted && passphrase === undefined) {
    throw new InvalidCredentials("ERR_APNS_PASSPHRASE_WRONG", "key is encrypted: it needs a passphrase");
  }
  try {
    return createPrivateKey(encrypted ? { key: block, passphrase: passphrase as string } : block);
  } catch (cause) {
    if (encrypted) {
      throw new InvalidCredentials(
        "ERR_APNS_PASSPHRASE_WRONG",
        "key cannot be decrypted with this passphrase",
        {
          cause,
        },
      );
    }
    throw new InvalidCredentials("ERR_APNS_KEY_UNREADABLE", "key is not a private key that can be read", {
      cause,
    });
  }
}
