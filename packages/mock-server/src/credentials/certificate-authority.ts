import { createPrivateKey, X509Certificate as NodeCertificate, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { InvalidMockCredentials, InvalidMockInput } from "../errors.ts";
import { type ApnsEnvironment, apnsExtensions, type CertificateTopic } from "./certificate-extensions.ts";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "./x509.ts";

const DAY = 86_400_000;
const UID = "0.9.2342.19200300.100.1.1";

/** `"EC"` is P-256, `"RSA"` is 2048 bits with exponent 65537; both sign with SHA-256. */
export type KeyType = "EC" | "RSA";

/** Options of a new authority. */
export interface CertificateAuthorityOptions {
  /** Common name of the authority. Default `"apnskit test authority"`. */
  commonName?: string;
  /** Default `"EC"`. */
  keyType?: KeyType;
  /** Start of validity. Default one day ago. */
  notBefore?: Date;
  /** End of validity. Default ten years from now. */
  notAfter?: Date;
}

/** Options of a new certificate. */
export interface IssueOptions {
  /** Subject common name. Default: the first of `altNames`, else the first topic's `Apple Push Services: <topic>`. */
  commonName?: string;
  /** DNS names and IP addresses. Default for servers `localhost`, `127.0.0.1`, `::1`; none for clients. */
  altNames?: readonly string[];
  /** Extended key usage. Default `"server"`. */
  usage?: "server" | "client";
  /** Default `"EC"`. */
  keyType?: KeyType;
  /** Start of validity. Default one day ago, or one day before `notAfter` if that is earlier. */
  notBefore?: Date;
  /** End of validity. Default one year after `notBefore`, as APNs certificates have. */
  notAfter?: Date;
  /** Subject user id: the bundle id of an APNs client certificate. */
  uid?: string;
  /**
   * Topics in extension 1.2.840.113635.100.6.3.6. A plain string stands for `{ topic, purposes: ["app"] }`.
   */
  topics?: readonly (string | CertificateTopic)[];
  /** Environments in extensions 1.2.840.113635.100.6.3.1 (sandbox) and .2 (production). */
  environments?: readonly ApnsEnvironment[];
}

/** A certificate with its private key. */
export interface IssuedCertificate {
  /** The certificate, PEM. */
  cert: string;
  /** Its private key, PEM (PKCS #8). */
  key: string;
}

/**
 * A certificate authority for tests and for development machines. It issues server certificates and
 * client certificates of the form that Apple issues for APNs.
 */
export class CertificateAuthority {
  /** The authority's own certificate, PEM: the value for a client's `ca`. */
  readonly certificate: string;
  /** The authority's private key, PEM (PKCS #8). It protects only this machine's tests. */
  readonly key: string;
  readonly #issuer: X509Certificate;
  readonly #signingKey: webcrypto.CryptoKey;

  private constructor(issuer: X509Certificate, signingKey: webcrypto.CryptoKey, key: string) {
    this.#issuer = issuer;
    this.#signingKey = signingKey;
    this.certificate = pemOf(issuer);
    this.key = key;
  }

  /**
   * Makes a new authority with a new key.
   *
   * @throws InvalidMockInput if `notBefore` is not before `notAfter`
   */
  static async create(options: CertificateAuthorityOptions = {}): Promise<CertificateAuthority> {
    const { notBefore, notAfter } = validity(options, 3650 * DAY);
    const keys = await generateKeys(options.keyType ?? "EC");
    const issuer = await X509CertificateGenerator.createSelfSigned(
      {
        name: [{ CN: [options.commonName ?? "apnskit test authority"] }],
        notBefore,
        notAfter,
        keys,
        signingAlgorithm: { name: keys.publicKey.algorithm.name, hash: "SHA-256" },
        extensions: [
          new BasicConstraintsExtension(true, 0, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
          await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        ],
      },
      webcrypto,
    );
    return new CertificateAuthority(issuer, keys.privateKey, await exportKey(keys.privateKey));
  }

  /**
   * Loads an earlier authority from its `certificate` and `key`.
   *
   * @throws InvalidMockCredentials if one of the two is not PEM of the expected kind
   */
  static async load(pem: { certificate: string; key: string }): Promise<CertificateAuthority> {
    try {
      const issuer = new X509Certificate(pem.certificate);
      const algorithm = issuer.publicKey.algorithm as webcrypto.EcKeyImportParams;
      const privateKey = createPrivateKey(pem.key);
      if (!new NodeCertificate(pem.certificate).checkPrivateKey(privateKey)) {
        throw new InvalidMockCredentials("The authority's key is not that of its certificate");
      }
      const der = privateKey.export({ type: "pkcs8", format: "der" });
      const imported = { ...algorithm, hash: "SHA-256" };
      const key = await webcrypto.subtle.importKey("pkcs8", der, imported, true, ["sign"]);
      const text = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
      return new CertificateAuthority(issuer, key, text);
    } catch (cause) {
      if (cause instanceof InvalidMockCredentials) throw cause;
      throw new InvalidMockCredentials(
        "The authority's certificate and key must be PEM, the key not encrypted",
        {
          cause,
        },
      );
    }
  }

  /**
   * Issues a certificate with a new key.
   *
   * @throws InvalidMockInput if `notBefore` is not before `notAfter`, or an alternative name is empty
   */
  async issue(options: IssueOptions = {}): Promise<IssuedCertificate> {
    const usage = options.usage ?? "server";
    const { notBefore, notAfter } = validity(options, 365 * DAY);
    const altNames = options.altNames ?? (usage === "server" ? ["localhost", "127.0.0.1", "::1"] : []);
    const topics = (options.topics ?? []).map((entry) =>
      typeof entry === "string" ? { topic: entry, purposes: ["app"] } : entry,
    );
    const app = options.uid ?? topics[0]?.topic;
    const commonName =
      options.commonName ?? altNames[0] ?? (app === undefined ? "apnskit" : `Apple Push Services: ${app}`);

    const subject: JsonName = [{ CN: [commonName] }];
    if (options.uid !== undefined) subject.unshift({ [UID]: [options.uid] });
    const keys = await generateKeys(options.keyType ?? "EC");
    const purpose = usage === "server" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth;
    const extensions: Extension[] = [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension([purpose]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
    ];
    if (altNames.length > 0) {
      extensions.push(new SubjectAlternativeNameExtension(altNames.map(generalName)));
    }
    for (const { oid, value } of apnsExtensions({ topics, environments: options.environments ?? [] })) {
      extensions.push(new Extension(oid, false, value));
    }
    const certificate = await X509CertificateGenerator.create(
      {
        subject,
        issuer: this.#issuer.subjectName,
        notBefore,
        notAfter,
        publicKey: keys.publicKey,
        signingKey: this.#signingKey,
        signingAlgorithm: { name: this.#signingKey.algorithm.name, hash: "SHA-256" },
        extensions,
      },
      webcrypto,
    );
    return { cert: pemOf(certificate), key: await exportKey(keys.privateKey) };
  }
}

function generalName(name: string): { type: "dns" | "ip"; value: string } {
  if (name === "") throw new InvalidMockInput("An alternative name must not be empty", "altNames");
  return { type: isIP(name) === 0 ? "dns" : "ip", value: name };
}

function validity(
  options: { notBefore?: Date; notAfter?: Date },
  span: number,
): { notBefore: Date; notAfter: Date } {
  const yesterday = Date.now() - DAY;
  const notBefore =
    options.notBefore ?? new Date(Math.min(yesterday, (options.notAfter?.getTime() ?? Infinity) - DAY));
  const notAfter = options.notAfter ?? new Date(notBefore.getTime() + span);
  if (!(notBefore.getTime() < notAfter.getTime())) {
    const message = `notBefore (${String(notBefore)}) must be before notAfter (${String(notAfter)})`;
    throw new InvalidMockInput(message, "notBefore");
  }
  return { notBefore, notAfter };
}

function generateKeys(type: KeyType): Promise<webcrypto.CryptoKeyPair> {
  if (type === "EC") {
    return webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  }
  return webcrypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    true,
    ["sign", "verify"],
  );
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

/** With a line end: files of several certificates are made by concatenation. */
function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString("pem").trimEnd()}\n`;
}
