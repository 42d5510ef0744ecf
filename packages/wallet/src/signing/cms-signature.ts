import { createHash, type KeyObject, sign, type X509Certificate } from "node:crypto";
import {
  IssuerAndSerialNumber,
  id_contentType,
  id_data,
  id_messageDigest,
  id_signedData,
  id_signingTime,
} from "@peculiar/asn1-cms";
import { AsnConvert, AsnObjectIdentifierConverter } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Certificate } from "@peculiar/asn1-x509";
import { der, derSet, TAG } from "./der.ts";

const SHA_256 = "2.16.840.1.101.3.4.2.1";
// RFC 8017 appendix C and RFC 5758 §3.2: the former has parameters, which are NULL, and the latter has none.
const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
const ECDSA_WITH_SHA_256 = "1.2.840.10045.4.3.2";
const NULL = Uint8Array.from([0x05, 0x00]);
/** CMSVersion 1: signers are named by issuer and serial number (RFC 5652 §5.1, §5.3). */
const VERSION_1 = der(TAG.integer, Uint8Array.from([1]));
/** The first year that UTCTime cannot express (RFC 5652 §11.3). */
const GENERALIZED_FROM = 2050;

/**
 * Makes detached CMS signatures (RFC 5652) of one signer. The constant parts are encoded once, with the
 * structures of `@peculiar/asn1-cms`; digest, time and signature are inserted for each signature.
 */
export class CmsSignature {
  readonly #key: KeyObject;
  readonly #contentType: Buffer;
  readonly #certificates: Buffer;
  readonly #digestAlgorithm: Buffer;
  readonly #signatureAlgorithm: Buffer;
  readonly #signerIdentifier: Buffer;

  /** @param chain the signer's certificate first, then its issuer */
  constructor(chain: readonly X509Certificate[], key: KeyObject) {
    this.#key = key;
    this.#contentType = attribute(id_contentType, objectIdentifier(id_data));
    // Unchanged, because encoding them again could break the issuer's signature.
    this.#certificates = derSet(
      TAG.context0,
      chain.map(({ raw }) => raw),
    );
    this.#digestAlgorithm = algorithm(SHA_256);
    this.#signatureAlgorithm =
      key.asymmetricKeyType === "rsa" ? algorithm(RSA_ENCRYPTION, NULL) : algorithm(ECDSA_WITH_SHA_256);
    this.#signerIdentifier = signerIdentifier(chain[0]!);
  }

  /**
   * Signs with the attributes content-type, message-digest and signing-time.
   *
   * @param content the signed bytes; they are not in the result
   * @param time milliseconds since 1970-01-01 UTC
   * @returns ContentInfo with SignedData, DER
   */
  sign(content: Uint8Array, time: number): Buffer {
    const digest = createHash("sha256").update(content).digest();
    const attributes = [
      this.#contentType,
      attribute(id_signingTime, timeOf(time)),
      attribute(id_messageDigest, der(TAG.octetString, digest)),
    ];
    // The signature covers the SET itself; the output has the same SET under an implicit tag (RFC 5652 §5.4).
    const signature = sign("sha256", derSet(TAG.set, attributes), this.#key);
    const signerInfo = der(
      TAG.sequence,
      VERSION_1,
      this.#signerIdentifier,
      this.#digestAlgorithm,
      derSet(TAG.context0, attributes),
      this.#signatureAlgorithm,
      der(TAG.octetString, signature),
    );
    const signedData = der(
      TAG.sequence,
      VERSION_1,
      der(TAG.set, this.#digestAlgorithm),
      der(TAG.sequence, objectIdentifier(id_data)),
      this.#certificates,
      der(TAG.set, signerInfo),
    );
    return der(TAG.sequence, objectIdentifier(id_signedData), der(TAG.context0, signedData));
  }
}

function objectIdentifier(id: string): Buffer {
  return Buffer.from(AsnObjectIdentifierConverter.toASN(id).toBER());
}

function attribute(type: string, value: Uint8Array): Buffer {
  return der(TAG.sequence, objectIdentifier(type), der(TAG.set, value));
}

function algorithm(id: string, parameters?: Uint8Array): Buffer {
  const identifier = new AlgorithmIdentifier({ algorithm: id });
  if (parameters !== undefined) identifier.parameters = Uint8Array.from(parameters).buffer;
  return Buffer.from(AsnConvert.serialize(identifier));
}

function signerIdentifier(leaf: X509Certificate): Buffer {
  const { issuer, serialNumber } = AsnConvert.parse(leaf.raw, Certificate).tbsCertificate;
  return Buffer.from(AsnConvert.serialize(new IssuerAndSerialNumber({ issuer, serialNumber })));
}

/** `YYMMDDHHMMSSZ` or, from 2050 on, `YYYYMMDDHHMMSSZ` (RFC 5652 §11.3). */
function timeOf(time: number): Buffer {
  const instant = new Date(time);
  const digits = `${instant
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replace(/[-:T]/g, "")}Z`;
  return instant.getUTCFullYear() < GENERALIZED_FROM
    ? der(TAG.utcTime, Buffer.from(digits.slice(2)))
    : der(TAG.generalizedTime, Buffer.from(digits));
}
