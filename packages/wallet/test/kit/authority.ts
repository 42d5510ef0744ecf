import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const DAY = 86_400_000;
const UID = "0.9.2342.19200300.100.1.1";

export type KeyType = "RSA" | "EC";

/** A certificate with its key, both PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface Dates {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A certificate authority like Apple's: a root, and an intermediate of a generation. */
export class Authority {
  /** The root, PEM. */
  readonly root: string;
  /** The intermediate, PEM, for the option `wwdr`. */
  readonly intermediate: string;
  readonly #issuer: X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(root: X509Certificate, issuer: X509Certificate, key: webcrypto.CryptoKey) {
    this.root = pemOf(root);
    this.intermediate = pemOf(issuer);
    this.#issuer = issuer;
    this.#key = key;
  }

  static async create(
    options: Dates & { readonly keyType?: KeyType; readonly name?: string; readonly unit?: string } = {},
  ): Promise<Authority> {
    const {
      name = "Test Developer Relations Certification Authority",
      unit = "T4",
      keyType = "RSA",
    } = options;
    const rootKeys = await keysOf("EC");
    const root = await X509CertificateGenerator.createSelfSigned(
      {
        name: [{ CN: ["Test Root CA"] }],
        notBefore: new Date(Date.now() - 4_000 * DAY),
        notAfter: new Date(Date.now() + 4_000 * DAY),
        keys: rootKeys,
        signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
        extensions: [
          new BasicConstraintsExtension(true, 1, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
          await SubjectKeyIdentifierExtension.create(rootKeys.publicKey, false, webcrypto),
        ],
      },
      webcrypto,
    );
    const keys = await keysOf(keyType);
    const issuer = await X509CertificateGenerator.create(
      {
        subject: [{ CN: [name] }, { OU: [unit] }, { O: ["Test Inc."] }],
        issuer: root.subjectName,
        notBefore: options.notBefore ?? new Date(Date.now() - 2_000 * DAY),
        notAfter: options.notAfter ?? new Date(Date.now() + 2_000 * DAY),
        publicKey: keys.publicKey,
        signingKey: rootKeys.privateKey,
        signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
        extensions: [
          new BasicConstraintsExtension(true, 0, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
          await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
          await AuthorityKeyIdentifierExtension.create(rootKeys.publicKey, false, webcrypto),
        ],
      },
      webcrypto,
    );
    return new Authority(root, issuer, keys.privateKey);
  }

  /** A certificate as Apple issues it for a pass type, an order type or a website push id. */
  async issue(
    uid: string | undefined,
    options: Dates & { readonly keyType?: KeyType; readonly team?: string; readonly name?: string } = {},
  ): Promise<Issued> {
    const { keyType = "RSA", team = "A1B2C3D4E5", name = `Pass Type ID: ${uid}` } = options;
    const keys = await keysOf(keyType);
    const ids = uid === undefined ? [] : [{ [UID]: [uid] }];
    const certificate = await X509CertificateGenerator.create(
      {
        subject: [...ids, { CN: [name] }, { OU: [team] }, { O: ["Example"] }],
        issuer: this.#issuer.subjectName,
        notBefore: options.notBefore ?? new Date(Date.now() - DAY),
        notAfter: options.notAfter ?? new Date(Date.now() + 365 * DAY),
        publicKey: keys.publicKey,
        signingKey: this.#key,
        signingAlgorithm: { name: this.#key.algorithm.name, hash: "SHA-256" } as never,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
          await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
          await AuthorityKeyIdentifierExtension.create(this.#issuer.publicKey, false, webcrypto),
        ],
      },
      webcrypto,
    );
    return { cert: pemOf(certificate), key: await keyPem(keys.privateKey) };
  }
}

function keysOf(type: KeyType): Promise<webcrypto.CryptoKeyPair> {
  if (type === "EC") {
    return webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  }
  const publicExponent = new Uint8Array([1, 0, 1]);
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent };
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString("pem").trimEnd()}\n`;
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}
