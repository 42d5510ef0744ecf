import type { KeyObject, X509Certificate } from "node:crypto";
import { type InspectOptions, inspect } from "node:util";
import { printable } from "@apnskit/connection/internal";
import { InvalidCredentials } from "apnskit";
import { attributeOf } from "./apple-intermediates.ts";
import { CmsSignature } from "./cms-signature.ts";

/**
 * A certificate with its private key and the intermediate that issued it: everything that a signature needs.
 * The object does not expose the key.
 */
export class SigningIdentity {
  /** The pass type, order type or website push id: the subject's UID. `undefined` when it has none. */
  readonly identifier: string | undefined;
  /** The developer team: the subject's OU. `undefined` when it has none. */
  readonly team: string | undefined;
  /** The subject's common name, such as `Pass Type ID: pass.com.example.card`. */
  readonly commonName: string | undefined;
  /** Upper-case hexadecimal, unique to its issuer (RFC 5280 §4.1.2.2). */
  readonly serialNumber: string;
  /** SHA-256 of the certificate, upper-case hexadecimal with colons. */
  readonly fingerprint: string;
  /** Start of its validity. */
  readonly notBefore: Date;
  /** End of its validity, or of its issuer's if that is earlier. */
  readonly notAfter: Date;
  /** Common name of the intermediate. */
  readonly issuer: string | undefined;
  readonly #signature: CmsSignature;

  /** @throws InvalidCredentials `ERR_APNS_KEY_WRONG_TYPE` for a key that is neither RSA nor EC */
  constructor(leaf: X509Certificate, key: KeyObject, issuer: X509Certificate) {
    const type = key.asymmetricKeyType;
    if (type !== "rsa" && type !== "ec") {
      throw new InvalidCredentials(
        "ERR_APNS_KEY_WRONG_TYPE",
        `The key of ${shownName(leaf)} must be RSA or EC to sign packages; received ${type}`,
      );
    }
    this.identifier = attributeOf(leaf.subject, "UID");
    this.team = attributeOf(leaf.subject, "OU");
    this.commonName = attributeOf(leaf.subject, "CN");
    this.serialNumber = leaf.serialNumber;
    this.fingerprint = leaf.fingerprint256;
    this.notBefore = new Date(leaf.validFrom);
    this.notAfter = new Date(Math.min(Date.parse(leaf.validTo), Date.parse(issuer.validTo)));
    this.issuer = attributeOf(issuer.subject, "CN");
    this.#signature = new CmsSignature([leaf, issuer], key);
  }

  /**
   * Signs `content` like a manifest: detached CMS, DER.
   *
   * @param time milliseconds since 1970-01-01 UTC
   * @throws InvalidCredentials `ERR_APNS_CERTIFICATE_EXPIRED` or `ERR_APNS_CERTIFICATE_NOT_YET_VALID`
   */
  sign(content: Uint8Array, time: number): Buffer {
    this.assertValid(time);
    return this.#signature.sign(content, time);
  }

  /**
   * @param time milliseconds since 1970-01-01 UTC
   * @throws InvalidCredentials `ERR_APNS_CERTIFICATE_EXPIRED` or `ERR_APNS_CERTIFICATE_NOT_YET_VALID`
   */
  assertValid(time: number): void {
    const name = `The certificate '${printable(this.commonName ?? this.serialNumber)}'`;
    if (time > this.notAfter.getTime()) {
      const rule = "make a new certificate at developer.apple.com; signed packages stay valid";
      throw new InvalidCredentials(
        "ERR_APNS_CERTIFICATE_EXPIRED",
        `${name} expired on ${this.notAfter.toISOString()}; ${rule}`,
      );
    }
    if (time < this.notBefore.getTime()) {
      throw new InvalidCredentials(
        "ERR_APNS_CERTIFICATE_NOT_YET_VALID",
        `${name} is valid from ${this.notBefore.toISOString()} on; check the clock of this machine`,
      );
    }
  }

  /** @internal One line for each field; none of them is secret. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `SigningIdentity ${inspect({ ...this }, options)}`;
  }
}

/** A certificate as an error names it. */
export function shownName(leaf: X509Certificate): string {
  return `'${printable(attributeOf(leaf.subject, "CN") ?? leaf.serialNumber)}'`;
}
