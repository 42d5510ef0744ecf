import { createPrivateKey, X509Certificate } from "node:crypto";
import type { IssuedCertificate } from "../credentials/certificate-authority.ts";

/** Some programs refuse an empty one. It protects only this machine's tests. */
export const PKCS12_PASSWORD = "apnskit";

const NAME = "apnskit mock client";
const ITERATIONS = 2048;
const SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG = "1.2.840.113549.1.12.10.1.3";
const FRIENDLY_NAME = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID = "1.2.840.113549.1.9.21";
/** RFC 7292 with the ciphers of RFC 8018, which OpenSSL 3, Java 8u301 and Node.js open without their legacy settings. */
const ENCRYPTION = {
  password: bytes(Buffer.from(PKCS12_PASSWORD)),
  contentEncryptionAlgorithm: { name: "AES-CBC", length: 256 },
  hmacHashAlgorithm: "SHA-256",
  iterationCount: ITERATIONS,
};

/** Packs a certificate and its key into a PKCS #12 file with the password {@link PKCS12_PASSWORD}. */
export async function pkcs12({ cert, key }: IssuedCertificate): Promise<Buffer> {
  // Only certificate mode with files needs these, and loading takes a tenth of a second.
  const [pkijs, asn1js] = await Promise.all([import("pkijs"), import("asn1js")]);
  const certificate = new X509Certificate(cert);
  const keyDer = createPrivateKey(key).export({ type: "pkcs8", format: "der" });
  const keyId = Buffer.from(certificate.fingerprint.replaceAll(":", ""), "hex");
  const attributes = () => [
    new pkijs.Attribute({ type: FRIENDLY_NAME, values: [new asn1js.BmpString({ value: NAME })] }),
    new pkijs.Attribute({
      type: LOCAL_KEY_ID,
      values: [new asn1js.OctetString({ valueHex: bytes(keyId) })],
    }),
  ];
  const keyBag = new pkijs.PKCS8ShroudedKeyBag({
    parsedValue: pkijs.PrivateKeyInfo.fromBER(bytes(keyDer)),
  });
  await keyBag.makeInternalValues(ENCRYPTION);
  // pkijs writes it in pieces, which is BER; some readers require DER.
  keyBag.encryptedData = new asn1js.OctetString({ valueHex: keyBag.encryptedData.getValue() });
  const certBag = new pkijs.CertBag({ parsedValue: pkijs.Certificate.fromBER(bytes(certificate.raw)) });
  const bag = (bagId: string, bagValue: unknown) =>
    new pkijs.SafeContents({
      safeBags: [new pkijs.SafeBag({ bagId, bagValue, bagAttributes: attributes() } as never)],
    });
  const authenticatedSafe = new pkijs.AuthenticatedSafe({
    parsedValue: {
      safeContents: [
        { privacyMode: 0, value: bag(SHROUDED_KEY_BAG, keyBag) },
        { privacyMode: 1, value: bag(CERTIFICATE_BAG, certBag) },
      ],
    },
  });
  await authenticatedSafe.makeInternalValues({ safeContents: [{}, ENCRYPTION] });
  const pfx = new pkijs.PFX({ parsedValue: { integrityMode: 0, authenticatedSafe } });
  await pfx.makeInternalValues({
    password: ENCRYPTION.password,
    iterations: ITERATIONS,
    pbkdf2HashAlgorithm: "SHA-256",
    hmacHashAlgorithm: "SHA-256",
  });
  return Buffer.from(pfx.toSchema().toBER());
}

/** A copy whose ArrayBuffer contains only these bytes. */
function bytes(buffer: Uint8Array): ArrayBuffer {
  return Uint8Array.from(buffer).buffer;
}
