import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { InvalidMockCredentials } from "../errors.ts";
import { printable } from "../printable.ts";
import type { ApnsEnvironment } from "./certificate-extensions.ts";

/** A provider key as a developer registers it: the `.p8` file, the key id and the team id. */
export interface ProviderKeyOptions {
  /** PEM: the private key of the `.p8` file, or only its public half. Curve P-256. */
  key: string | Buffer;
  /** Ten characters at Apple; any non-empty text here. */
  keyId: string;
  /** Ten characters at Apple; any non-empty text here. */
  teamId: string;
  /** Restricts the key to one environment. Default: both, like keys made before 2025-02. */
  environment?: ApnsEnvironment;
  /** Makes it a topic-specific key for these bundle ids. Default: a team-scoped key. */
  topics?: readonly string[];
  /** The other key of a topic-specific pair. Both may be used on one connection during key rotation. */
  relatedKeyId?: string;
}

/** A registered key, ready for verification. */
export interface ProviderKey {
  /** The `kid` of tokens. */
  readonly keyId: string;
  /** The `iss` of tokens. */
  readonly teamId: string;
  /** On the curve P-256. */
  readonly publicKey: KeyObject;
  /** The only environment that accepts it; undefined: both. */
  readonly environment: ApnsEnvironment | undefined;
  /** The only bundle ids that it may push to; undefined: all of the team. */
  readonly topics: ReadonlySet<string> | undefined;
  /** The other key of a topic-specific pair. */
  readonly relatedKeyId: string | undefined;
}

/** Signs provider tokens; clients take it as credentials. */
export interface SigningKey {
  /** PEM, PKCS #8: the content of a `.p8` file. */
  key: string;
  /** The `kid` in the token's header; ten characters at Apple. */
  keyId: string;
  /** The `iss` in the token's claims; ten characters at Apple. */
  teamId: string;
}

/**
 * Reads a key.
 *
 * @throws InvalidMockCredentials if it is not a PEM of a P-256 key, or an id is empty
 */
export function providerKey(options: ProviderKeyOptions): ProviderKey {
  const { keyId, teamId } = options;
  if (typeof keyId !== "string" || typeof teamId !== "string" || keyId === "" || teamId === "") {
    throw new InvalidMockCredentials("A provider key needs a keyId and a teamId");
  }
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey(options.key);
  } catch (cause) {
    throw new InvalidMockCredentials(
      `The provider key ${printable(keyId, 40)} is not a PEM private or public key`,
      {
        cause,
      },
    );
  }
  if (publicKey.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new InvalidMockCredentials(`The provider key ${printable(keyId, 40)} must be on the curve P-256`);
  }
  return {
    keyId,
    teamId,
    publicKey,
    environment: options.environment,
    topics: options.topics && new Set(options.topics),
    relatedKeyId: options.relatedKeyId,
  };
}

/** Makes a new key with these or with example ids. */
export function generateSigningKey(ids: { keyId?: string; teamId?: string } = {}): SigningKey {
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "prime256v1",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return { key: privateKey, keyId: ids.keyId ?? "ABC123DEFG", teamId: ids.teamId ?? "DEF123GHIJ" };
}

/** Options for signing a provider token. */
export interface SignOptions {
  /** `iat`, in seconds since the epoch. Default: now. */
  issuedAt?: number;
  /** Form of the signature: r‖s as in RFC 7518 (the default), or DER as from `openssl dgst`. */
  signature?: "raw" | "der";
}

/** Signs a provider token. @throws InvalidMockCredentials for a key that cannot sign */
export function signProviderToken(by: SigningKey, options: SignOptions = {}): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const iat = options.issuedAt ?? Math.floor(Date.now() / 1000);
  const signed = `${encode({ alg: "ES256", kid: by.keyId })}.${encode({ iss: by.teamId, iat })}`;
  const dsaEncoding = options.signature === "der" ? "der" : "ieee-p1363";
  const signature = sign("sha256", Buffer.from(signed), { key: privateKeyOf(by), dsaEncoding });
  return `${signed}.${signature.toString("base64url")}`;
}

function privateKeyOf({ key, keyId }: SigningKey): KeyObject {
  try {
    return createPrivateKey(key);
  } catch (cause) {
    throw new InvalidMockCredentials(
      `The provider key ${printable(String(keyId), 40)} is not a PEM private key`,
      {
        cause,
      },
    );
  }
}
