import { createHash, verify, X509Certificate } from "node:crypto";
import {
  ContentInfo,
  id_messageDigest,
  id_signedData,
  id_signingTime,
  SignedData,
  type SignerInfo,
} from "@peculiar/asn1-cms";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { Time } from "@peculiar/asn1-x509";
import { der, derSet, TAG } from "../signing/der.ts";

/** The content of a signature, and whether it is valid. */
export interface CmsReport {
  /** Whether its signer signed the content. */
  readonly holds: boolean;
  /** Why it is not valid. */
  readonly why: string | undefined;
  readonly signer: X509Certificate | undefined;
  /** The certificate in the signature that issued the signer's. */
  readonly issuer: X509Certificate | undefined;
  readonly signingTime: Date | undefined;
}

const HASHES: Readonly<Record<string, string>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** Checks a detached CMS signature with one signer (RFC 5652 §5.4, §5.6). It never throws. */
export function checkCms(signature: Uint8Array, content: Uint8Array): CmsReport {
  try {
    return check(signature, content);
  } catch {
    return unreadable("it is not a CMS signature");
  }
}

function check(signature: Uint8Array, content: Uint8Array): CmsReport {
  const outer = AsnConvert.parse(signature, ContentInfo);
  if (outer.contentType !== id_signedData) return unreadable("it is not SignedData");
  const signed = AsnConvert.parse(outer.content, SignedData);
  const [info, ...more] = signed.signerInfos;
  if (info === undefined || more.length > 0) return unreadable("it must have one signer");
  const certificates = (signed.certificates ?? []).flatMap(({ certificate }) =>
    certificate === undefined ? [] : [new X509Certificate(Buffer.from(AsnConvert.serialize(certificate)))],
  );
  const signer = certificates.find((one) => isNamed(info, one));
  const issuer = certificates.find(
    (one) =>
      signer !== undefined && one !== signer && signer.checkIssued(one) && signer.verify(one.publicKey),
  );
  const signingTime = signingTimeOf(info);
  const why = signer === undefined ? "it lacks the signer's certificate" : flaw(info, signer, content);
  return { holds: why === undefined, why, signer, issuer, signingTime };
}

function unreadable(why: string): CmsReport {
  return { holds: false, why, signer: undefined, issuer: undefined, signingTime: undefined };
}

/**
 * Whether the signer's identifier means this certificate: by serial number, or by the subject key identifier.
 */
function isNamed({ sid }: SignerInfo, certificate: X509Certificate): boolean {
  const named = sid.issuerAndSerialNumber;
  if (named === undefined) return true;
  const serial = Buffer.from(named.serialNumber).toString("hex").replace(/^0+/, "").toUpperCase();
  return serial === certificate.serialNumber.replace(/^0+/, "");
}

function flaw(info: SignerInfo, signer: X509Certificate, content: Uint8Array): string | undefined {
  const hash = HASHES[info.digestAlgorithm.algorithm];
  if (hash === undefined) return `its digest ${info.digestAlgorithm.algorithm} is unknown`;
  const value = Buffer.from(info.signature.buffer);
  if (info.signedAttrs === undefined) {
    return verify(hash, content, signer.publicKey, value) ? undefined : "it does not cover this manifest";
  }
  const given = attributeOf(info, id_messageDigest);
  const digest = given === undefined ? undefined : Buffer.from(AsnConvert.parse(given, OctetString).buffer);
  if (digest === undefined) return "it lacks the attribute message-digest";
  if (!digest.equals(createHash(hash).update(content).digest())) return "it does not cover this manifest";
  // The signature covers the SET, not the written tag (RFC 5652 §5.4): in DER, which sorts, or in
  // node-forge's order.
  const attributes = info.signedAttrs.map((one) => Buffer.from(AsnConvert.serialize(one)));
  const forms = [der(TAG.set, ...attributes), derSet(TAG.set, attributes)];
  const holds = forms.some((form) => verify(hash, form, signer.publicKey, value));
  return holds ? undefined : "it is not by this signer";
}

function attributeOf({ signedAttrs }: SignerInfo, type: string): ArrayBuffer | undefined {
  return signedAttrs?.find(({ attrType }) => attrType === type)?.attrValues[0];
}

function signingTimeOf(info: SignerInfo): Date | undefined {
  const given = attributeOf(info, id_signingTime);
  return given === undefined ? undefined : AsnConvert.parse(given, Time).getTime();
}
