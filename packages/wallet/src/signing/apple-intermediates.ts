import type { X509Certificate } from "node:crypto";

/**
 * The intermediate that issues certificates for pass types, order types and website push ids ("WWDR
 * intermediate certificates"). Its licence does not expressly allow shipping it, so users must fetch it.
 */
export const WALLET_INTERMEDIATE = {
  generation: "G4",
  url: "https://www.apple.com/certificateauthority/AppleWWDRCAG4.cer",
  /**
   * SHA-256 of the certificate that is valid until 2030-12-10, the same in several public copies of the file.
   */
  fingerprint:
    "EA:47:57:88:55:38:DD:8C:B5:9F:F4:55:6F:67:60:87:D8:3C:85:E7:09:02:C1:22:E4:2C:08:08:B5:BC:E1:4C",
} as const;

const FILES = "https://www.apple.com/certificateauthority/";
const COMMON_NAME = "Apple Worldwide Developer Relations Certification Authority";

/**
 * The generation of Apple's intermediate that a certificate's subject or issuer names: `G1` if the name has
 * none.
 *
 * @param name as `X509Certificate` gives it, one attribute on each line
 * @returns `undefined` for a name that is not Apple's
 */
export function generationOf(name: string): string | undefined {
  if (attributeOf(name, "CN") !== COMMON_NAME) return undefined;
  const unit = attributeOf(name, "OU");
  return unit !== undefined && /^G\d{1,2}$/.test(unit) ? unit : "G1";
}

/** Instructions for getting the intermediate that a certificate's issuer names. */
export function remedyFor(issuer: string): string {
  const generation = generationOf(issuer);
  if (generation === undefined) return "give the certificate of this issuer as wwdr";
  if (generation === "G1") {
    return "it expired in 2023: make a new certificate at developer.apple.com, which G4 will issue";
  }
  return `fetch ${FILES}AppleWWDRCA${generation}.cer and give it as wwdr`;
}

/** Whether a certificate has the name of Wallet's intermediate but is a different certificate. */
export function isImpostor({ subject, fingerprint256 }: X509Certificate): boolean {
  return (
    generationOf(subject) === WALLET_INTERMEDIATE.generation &&
    fingerprint256 !== WALLET_INTERMEDIATE.fingerprint
  );
}

/** Whether a certificate is known to be Apple's. */
export function isKnownIntermediate({ fingerprint256 }: X509Certificate): boolean {
  return fingerprint256 === WALLET_INTERMEDIATE.fingerprint;
}

/** An attribute of a distinguished name, such as `CN`. */
export function attributeOf(name: string, attribute: string): string | undefined {
  const prefix = `${attribute}=`;
  return name
    .split("\n")
    .find((line) => line.startsWith(prefix))
    ?.slice(prefix.length);
}
