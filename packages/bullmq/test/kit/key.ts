import { generateKeyPairSync } from "node:crypto";

/** A new signing key, as the text of a `.p8` file. */
export function p8(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

export const ids = { keyId: "ABC123DEFG", teamId: "DEF123GHIJ" } as const;
