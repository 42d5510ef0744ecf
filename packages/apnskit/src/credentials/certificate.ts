import type { X509Certificate } from "node:crypto";
import { type InspectOptions, inspect } from "node:util";
import { type Clock, systemClock } from "@apnskit/pool";
import { type CredentialsErrorCode, InvalidCredentials } from "../errors.ts";
import { type KnownPushType, type PushType, pushTypeRule } from "../push-types.ts";
import {
  type ApnsExtensions,
  type CertificateTopic,
  type Environment,
  readApnsExtensions,
} from "./apns-extensions.ts";
import { pushTypesOfTopic } from "./certificate-scope.ts";
import { openPem } from "./pem.ts";
import { type CertificateMaterial, openPfx } from "./pfx.ts";
import { load, loadPem, type Source } from "./source.ts";

/** Exactly one of `pem`, `cert` with `key`, or `pfx`. Strings are PEM text (for `pfx`: base64). */
export interface CertificateOptions {
  /** Certificate and private key in one PEM text. */
  readonly pem?: Source;
  /** The certificate as PEM, with intermediates if there are any; goes with `key`. */
  readonly cert?: Source;
  /** The private key as PEM. */
  readonly key?: Source;
  /** A PFX (PKCS#12, `.p12`) file, with old or new ciphers. */
  readonly pfx?: Source;
  /** Opens the PFX or the encrypted key. */
  readonly passphrase?: string;
  /** Says what time it is when the validity is checked; the machine's clock by default. */
  readonly clock?: Clock;
}

/** What TLS needs: the certificate chain, leaf first, and its private key, as PEM. Secret. */
export interface TlsIdentity {
  /** The chain; not secret. */
  readonly cert: string;
  /** The private key: PKCS#8, not encrypted. */
  readonly key: string;
}

/** A client certificate that was found to be complete and valid when it was loaded. */
export class Certificate {
  /** Tells it from a `ProviderToken`. */
  readonly kind = "certificate";
  /** The same for all credentials that may share connections. */
  readonly id: string;
  /** The subject's common name; `undefined` when it has none. */
  readonly commonName: string | undefined;
  /** Upper-case hexadecimal, unique to its issuer (RFC 5280 §4.1.2.2). */
  readonly serialNumber: string;
  /** SHA-256 of the certificate, upper-case hexadecimal with colons. */
  readonly fingerprint: string;
  /** First moment of its validity (RFC 5280 §4.1.2.5). */
  readonly notBefore: Date;
  /** Last moment of its validity (RFC 5280 §4.1.2.5). */
  readonly notAfter: Date;
  /** Where it may be used; empty when it does not say. */
  readonly environments: readonly Environment[];
  /** Topics that it may be used for, with their purposes; empty when it does not say. */
  readonly topics: readonly CertificateTopic[];
  /** Push types that go with these topics; empty when it names no topic. */
  readonly pushTypes: readonly KnownPushType[];
  /** The subject's UID, which names the app: the topic that APNs assumes where a request has none. */
  readonly defaultTopic: string | undefined;
  readonly #tls: TlsIdentity;
  readonly #listsTopics: boolean;

  constructor(options: CertificateOptions) {
    const { leaf, tls } = identify(readMaterial(options));
    this.notBefore = new Date(leaf.validFrom);
    this.notAfter = new Date(leaf.validTo);
    this.commonName = /^CN=(.*)$/m.exec(leaf.subject)?.[1];
    this.serialNumber = leaf.serialNumber;
    this.fingerprint = leaf.fingerprint256;
    this.id = `certificate:${leaf.fingerprint256}`;
    this.#assertValidAt((options.clock ?? systemClock).epoch());
    const { uid, environments, topics } = extensions(leaf);
    this.environments = Object.freeze(environments);
    this.topics = Object.freeze(topics ?? (uid === undefined ? [] : [{ topic: uid, purposes: [] }]));
    this.pushTypes = Object.freeze([...new Set(this.topics.flatMap(({ topic }) => pushTypesOfTopic(topic)))]);
    this.defaultTopic = uid;
    this.#listsTopics = topics !== undefined;
    this.#tls = tls;
  }

  /** For `@apnskit/connection`. Secret. */
  get tls(): TlsIdentity {
    return this.#tls;
  }

  /** @throws InvalidCredentials `ERR_APNS_CERTIFICATE_ENVIRONMENT` when it is for the other environment only */
  assertEnvironment(environment: Environment): void {
    if (this.environments.length === 0 || this.environments.includes(environment)) return;
    throw this.#refusal(
      "ERR_APNS_CERTIFICATE_ENVIRONMENT",
      `is for ${this.environments.join(" and ")}, not for ${environment}`,
    );
  }

  /**
   * Refuses what APNs would: a topic that is not in the certificate's list, and push types that need a provider token.
   *
   * @param topic the full `apns-topic`, with its suffix
   * @throws InvalidCredentials `ERR_APNS_CERTIFICATE_TOPIC` or `ERR_APNS_CERTIFICATE_PUSH_TYPE`
   */
  assertAllows(topic: string, pushType: PushType | undefined): void {
    if (pushTypeRule(pushType)?.tokenOnly) {
      throw this.#refusal(
        "ERR_APNS_CERTIFICATE_PUSH_TYPE",
        `cannot send ${pushType} pushes: APNs takes them with a provider token only`,
      );
    }
    if (this.#listsTopics && !this.topics.some((allowed) => allowed.topic === topic)) {
      const allowed = this.topics.map((entry) => entry.topic).join(", ");
      throw this.#refusal("ERR_APNS_CERTIFICATE_TOPIC", `is not for the topic ${topic}, but for ${allowed}`);
    }
  }

  #assertValidAt(epoch: number): void {
    if (epoch > this.notAfter.getTime()) {
      throw this.#refusal("ERR_APNS_CERTIFICATE_EXPIRED", `expired on ${this.notAfter.toISOString()}`);
    }
    if (epoch < this.notBefore.getTime()) {
      throw this.#refusal(
        "ERR_APNS_CERTIFICATE_NOT_YET_VALID",
        `is valid from ${this.notBefore.toISOString()} on`,
      );
    }
  }

  #refusal(code: CredentialsErrorCode, what: string): InvalidCredentials {
    return new InvalidCredentials(
      code,
      `The certificate ${inspect(this.commonName ?? this.serialNumber)} ${what}`,
    );
  }

  /** @internal Without this, inspect's option `getters` would show the key. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Certificate ${inspect({ ...this }, options)}`;
  }
}

/**
 * Certificate-based credentials, checked when they are read.
 *
 * @throws InvalidCredentials when nothing or too much is given, or it cannot be read, or the passphrase is wrong, or
 *   key and certificate do not belong together, or the certificate is not valid now
 */
export function certificate(options: CertificateOptions): Certificate {
  return new Certificate(options);
}

function readMaterial(options: CertificateOptions): CertificateMaterial {
  const { pem, cert, key, pfx, passphrase } = options;
  const given = [pem !== undefined, cert !== undefined || key !== undefined, pfx !== undefined].filter(
    Boolean,
  ).length;
  if (given > 1) {
    throw new InvalidCredentials(
      "ERR_APNS_CREDENTIALS_AMBIGUOUS",
      "certificate: give one of pem, cert with key, or pfx, not several",
    );
  }
  if (pfx !== undefined) {
    const loaded = load("pfx", pfx, "ERR_APNS_CERTIFICATE_UNREADABLE");
    return openPfx(typeof loaded === "string" ? Buffer.from(loaded, "base64") : loaded, passphrase ?? "");
  }
  if (pem !== undefined) {
    const text = loadPem("pem", pem, "ERR_APNS_CERTIFICATE_UNREADABLE");
    return openPem(text, text, passphrase);
  }
  if (cert !== undefined && key !== undefined) {
    const certificatePem = loadPem("cert", cert, "ERR_APNS_CERTIFICATE_UNREADABLE");
    return openPem(certificatePem, loadPem("key", key, "ERR_APNS_KEY_UNREADABLE"), passphrase);
  }
  const missing =
    cert !== undefined
      ? "cert is given without key"
      : key !== undefined
        ? "key is given without cert"
        : "nothing is given";
  throw new InvalidCredentials(
    "ERR_APNS_CREDENTIALS_MISSING",
    `certificate: ${missing}; give pem, cert with key, or pfx`,
  );
}

/** Finds the certificate that belongs to the key among those of the chain, and puts it first. */
function identify({ certificates, key }: CertificateMaterial): { leaf: X509Certificate; tls: TlsIdentity } {
  const leaf = certificates.find((candidate) => candidate.checkPrivateKey(key));
  if (leaf === undefined) {
    throw new InvalidCredentials(
      "ERR_APNS_CERTIFICATE_KEY_MISMATCH",
      "The private key does not belong to the certificate",
    );
  }
  const chain = [leaf, ...certificates.filter((other) => other !== leaf)];
  const pem = key.export({ type: "pkcs8", format: "pem" }) as string;
  return { leaf, tls: { cert: chain.map(String).join(""), key: pem } };
}

function extensions(leaf: X509Certificate): ApnsExtensions {
  try {
    return readApnsExtensions(leaf.raw);
  } catch (cause) {
    throw new InvalidCredentials(
      "ERR_APNS_CERTIFICATE_UNREADABLE",
      "cert: Apple's extensions cannot be decoded",
      {
        cause,
      },
    );
  }
}
