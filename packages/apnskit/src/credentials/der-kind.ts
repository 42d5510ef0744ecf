import { children, type Element, integer, MalformedDer, oid, readElement, sequence, TAG } from "./der.ts";

/** The kinds of structure that users supply as a key or a certificate, as messages name them. */
export type DerKind =
  | "certificate"
  | "PKCS#8 private key"
  | "encrypted private key"
  | "EC private key"
  | "RSA private key"
  | "public key"
  | "certificate request"
  | "PFX (PKCS#12) file"
  | "PKCS#7 file"
  | "unknown structure";

/** Recognises a structure by its shape, whatever its label says. Never throws. */
export function derKind(der: Buffer): DerKind {
  try {
    return kindOf(sequence(readElement(der)));
  } catch (error) {
    if (error instanceof MalformedDer) return "unknown structure";
    throw error;
  }
}

function kindOf(fields: readonly Element[]): DerKind {
  const [first, second, third] = fields;
  const tags = fields.map(({ tag }) => tag);
  if (first?.tag === TAG.integer) {
    if (tags[1] === TAG.sequence && tags[2] === TAG.octetString) return "PKCS#8 private key";
    if (tags[1] === TAG.sequence && integer(first) === 3) return "PFX (PKCS#12) file";
    // RFC 5915 §3 and RFC 8017 §A.1.2.
    if (tags[1] === TAG.octetString) return "EC private key";
    if (fields.length >= 9 && tags.every((tag) => tag === TAG.integer)) return "RSA private key";
  }
  if (first?.tag === TAG.oid && isPkcs7(first)) return "PKCS#7 file";
  if (first?.tag === TAG.sequence && fields.length === 2) {
    if (second?.tag === TAG.octetString) return "encrypted private key";
    if (second?.tag === TAG.bitString) return "public key";
  }
  if (first?.tag === TAG.sequence && second?.tag === TAG.sequence && third?.tag === TAG.bitString) {
    // RFC 2986 §4.1: version, subject, public key, attributes. A certificate has at least six fields.
    return children(first).length >= 6 ? "certificate" : "certificate request";
  }
  return "unknown structure";
}

function isPkcs7(element: Element): boolean {
  return oid(element).startsWith("1.2.840.113549.1.7.");
}
