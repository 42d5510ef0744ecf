import { generateKeyPairSync } from "node:crypto";

/** A new EC key in the form of Apple's `.p8` files: PKCS#8 as PEM. */
export function p8(namedCurve = "prime256v1"): string {
  return generateKeyPairSync("ec", { namedCurve }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  }) as string;
}
