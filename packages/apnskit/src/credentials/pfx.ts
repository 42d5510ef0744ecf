import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import forge from "node-forge";
import { InvalidCredentials } from "../errors.ts";

/** What a PFX (PKCS#12) or PEM file holds for TLS. */
export interface CertificateMaterial {
  readonly certificates: readonly X509Certificate[];
  readonly key: KeyObject;
}

const { asn1, pki, pkcs12 } = forge;
const oids = pki.oids as Record<"keyBag" | "pkcs8ShroudedKeyBag" | "certBag", string>;

/**
 * Opens a PFX with the ciphers of today (AES, PBES2) and of old (RC2-40, 3DES), which Keychain still writes and which
 * OpenSSL 3, and with it Node's own TLS, refuses.
 *
 * @throws InvalidCredentials `ERR_APNS_PASSPHRASE_WRONG` or `ERR_APNS_CERTIFICATE_UNREADABLE`
 */
export function openPfx(pfx: Buffer, passphrase: string): CertificateMaterial {
  const archive = decode(pfx, passphrase);
  const bags = (type: string) => archive.getBags({ bagType: type })[type] ?? [];
  const certificates = bags(oids.certBag).map((bag) => {
    const der = bag.cert ? pki.certificateToAsn1(bag.cert) : bag.asn1;
    return new X509Certificate(bytes(der));
  });
  const [keyBag] = [...bags(oids.pkcs8ShroudedKeyBag), ...bags(oids.keyBag)];
  if (keyBag === undefined) throw unreadable("holds no private key");
  // node-forge decodes RSA keys only; any other stays the PKCS#8 structure that it is.
  const der = keyBag.key ? pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(keyBag.key)) : keyBag.asn1;
  return { certificates, key: createPrivateKey({ key: bytes(der), format: "der", type: "pkcs8" }) };
}

function decode(pfx: Buffer, passphrase: string): forge.pkcs12.Pkcs12Pfx {
  let structure: forge.asn1.Asn1;
  try {
    structure = asn1.fromDer(pfx.toString("latin1"));
  } catch (cause) {
    throw unreadable("is not a PFX (PKCS#12) file", cause);
  }
  try {
    return pkcs12.pkcs12FromAsn1(structure, false, passphrase);
  } catch (cause) {
    const { message } = cause as Error;
    if (/MAC could not be verified/.test(message))
      throw wrongPassphrase(passphrase === "" ? "it needs one" : "the given one does not open it", cause);
    if (/decrypt/i.test(message)) {
      // The passphrase passed the MAC's check: node-forge then derives AES keys from other bytes than the writer did.
      throw /[^\0-\x7f]/.test(passphrase)
        ? wrongPassphrase(
            "beyond ASCII it opens files of old ciphers only; export the file with an ASCII one",
            cause,
          )
        : wrongPassphrase("the given one does not decrypt it", cause);
    }
    throw unreadable("cannot be decoded", cause);
  }
}

function wrongPassphrase(why: string, cause: unknown): InvalidCredentials {
  return new InvalidCredentials("ERR_APNS_PASSPHRASE_WRONG", `pfx: wrong passphrase: ${why}`, { cause });
}

function bytes(structure: forge.asn1.Asn1): Buffer {
  return Buffer.from(asn1.toDer(structure).getBytes(), "latin1");
}

function unreadable(what: string, cause?: unknown): InvalidCredentials {
  return new InvalidCredentials("ERR_APNS_CERTIFICATE_UNREADABLE", `pfx ${what}`, { cause });
}
