import { type InspectOptions, inspect } from "node:util";
import { concealAccessors, printable } from "@apnskit/connection/internal";
import { type Clock, InvalidOption } from "@apnskit/pool";
import { InvalidCredentials } from "../errors.ts";
import { type KnownPushType, type PushType, pushTypeRule } from "../push-types.ts";
import type { CertificateTopic, Environment } from "./apns-extensions.ts";
import { type CertificateMaterial, readPem, readPfx } from "./certificate-material.ts";
import { pushTypesOfTopic } from "./certificate-scope.ts";
import { chooseIdentities, commonName, type Identity, refusalError } from "./identity.ts";
import { checkOptions, readClock } from "./options.ts";
import { readPassphrase } from "./passphrase.ts";
import type { Source } from "./source.ts";

/**
 * Exactly one of `pem`, `cert` with `key`, or `pfx`. Text and bytes may be PEM, DER, or base64 of either,
 * with lost or escaped line breaks. A file may hold several certificates and keys; the usable one is taken.
 */
export interface CertificateOptions {
  /** Certificate and private key in one PEM text. */
  readonly pem?: Source | undefined;
  /** The certificate as PEM, with any intermediates; goes with `key`. */
  readonly cert?: Source | undefined;
  /** The private key as PEM. */
  readonly key?: Source | undefined;
  /** A PFX (PKCS#12, `.p12`) file, with old or new ciphers; text is base64. */
  readonly pfx?: Source | undefined;
  /** Opens the PFX or the encrypted key. */
  readonly passphrase?: string | undefined;
  /** Of several certificates, takes the one for this environment. Default: the client's environment. */
  readonly environment?: Environment | undefined;
  /** The clock for checking the validity; the machine's by default. */
  readonly clock?: Clock | undefined;
}

const OPTIONS = [
  "pem",
  "cert",
  "key",
  "pfx",
  "passphrase",
  "environment",
  "clock",
] as const satisfies readonly (keyof CertificateOptions)[];

/** The credentials for TLS: certificate chain, leaf first, and private key, as PEM. Secret. */
export interface TlsIdentity {
  /** The chain; not secret. */
  readonly cert: string;
  /** The private key: PKCS#8, not encrypted. */
  readonly key: string;
}

/** Identities of one file, for different environments. */
class Choice {
  readonly identities: readonly [Identity, ...Identity[]];

  constructor(identities: readonly [Identity, ...Identity[]]) {
    this.identities = identities;
  }
}

const BRAND = Symbol.for("apnskit.Certificate");

/**
 * A client certificate that was complete and valid when it was loaded. If the file holds one for each
 * environment, this is the production certificate, and {@link Certificate.forEnvironment} returns the other.
 */
export class Certificate {
  static {
    concealAccessors(this);
  }

  /** Distinguishes it from a `ProviderToken`. */
  readonly kind = "certificate";
  /** The same for all credentials that may share connections. */
  readonly id: string;
  /** The subject's common name; `undefined` if it has none. */
  readonly commonName: string | undefined;
  /** Upper-case hexadecimal, unique to its issuer (RFC 5280 §4.1.2.2). */
  readonly serialNumber: string;
  /** SHA-256 of the certificate, upper-case hexadecimal with colons. */
  readonly fingerprint: string;
  /** First moment of its validity (RFC 5280 §4.1.2.5). */
  readonly notBefore: Date;
  /** Last moment of its validity (RFC 5280 §4.1.2.5). */
  readonly notAfter: Date;
  /** Environments that it is for; empty if it names none. */
  readonly environments: readonly Environment[];
  /** Topics that it is for, with their purposes; empty if it names none. */
  readonly topics: readonly CertificateTopic[];
  /** Push types for these topics; empty if it names no topic. */
  readonly pushTypes: readonly KnownPushType[];
  /** The subject's UID, which names the app: the topic that APNs assumes for a request without one. */
  readonly defaultTopic: string | undefined;
  readonly #tls: TlsIdentity;
  readonly #identity: Identity;
  readonly #others: readonly Certificate[];

  constructor(options: CertificateOptions);
  constructor(options: CertificateOptions | Choice) {
    const [identity, ...others] = options instanceof Choice ? options.identities : choose(options);
    const { leaf, extensions, notBefore, notAfter } = identity;
    const { uid, environments, topics } = extensions;
    this.notBefore = notBefore;
    this.notAfter = notAfter;
    this.commonName = commonName(leaf);
    this.serialNumber = leaf.serialNumber;
    this.fingerprint = leaf.fingerprint256;
    this.id = `certificate:${leaf.fingerprint256}`;
    this.environments = Object.freeze([...environments]);
    this.topics = Object.freeze(topics ?? (uid === undefined ? [] : [{ topic: uid, purposes: [] }]));
    this.pushTypes = Object.freeze([...new Set(this.topics.flatMap(({ topic }) => pushTypesOfTopic(topic)))]);
    this.defaultTopic = uid;
    this.#tls = tlsIdentity(identity);
    this.#identity = identity;
    this.#others = others.map((other) => new Certificate(new Choice([other]) as CertificateOptions));
  }

  /** For `@apnskit/connection`. Secret. */
  get tls(): TlsIdentity {
    return this.#tls;
  }

  /** Oddities of the credentials that do not prevent their use; for a log. */
  get warnings(): readonly string[] {
    return [];
  }

  /**
   * The certificate of the same file for this environment.
   *
   * @throws InvalidCredentials `ERR_APNS_CERTIFICATE_ENVIRONMENT` when there is none
   */
  forEnvironment(environment: Environment): Certificate {
    const found = [this, ...this.#others].find((one) => one.#isFor(environment));
    if (found !== undefined) return found;
    const { environments } = this;
    throw refusalError(
      this.#identity.leaf,
      "ERR_APNS_CERTIFICATE_ENVIRONMENT",
      `is for ${environments.join(" and ")}, not for ${environment}`,
    );
  }

  /** @throws InvalidCredentials `ERR_APNS_CERTIFICATE_ENVIRONMENT` when it is for the other environment only */
  assertEnvironment(environment: Environment): void {
    this.forEnvironment(environment);
  }

  /**
   * Refuses what APNs would refuse: a topic that is not in the certificate's list, and push types that need a
   * provider token.
   *
   * @param topic the full `apns-topic`, with its suffix
   * @throws InvalidCredentials `ERR_APNS_CERTIFICATE_TOPIC` or `ERR_APNS_CERTIFICATE_PUSH_TYPE`
   */
  assertAllows(topic: string, pushType: PushType | undefined): void {
    const { leaf, extensions } = this.#identity;
    if (pushTypeRule(pushType)?.tokenOnly) {
      throw refusalError(
        leaf,
        "ERR_APNS_CERTIFICATE_PUSH_TYPE",
        `cannot send ${pushType} pushes: APNs takes them with a provider token only`,
      );
    }
    if (extensions.topics !== undefined && !this.topics.some((allowed) => allowed.topic === topic)) {
      const allowed = printable(this.topics.map((entry) => entry.topic).join(", "));
      const why = `is not for the topic ${printable(topic)}, but for ${allowed}`;
      throw refusalError(leaf, "ERR_APNS_CERTIFICATE_TOPIC", why);
    }
  }

  #isFor(environment: Environment): boolean {
    return this.environments.length === 0 || this.environments.includes(environment);
  }

  /** @internal One line for each field; none of them is secret. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Certificate ${inspect({ ...this }, options)}`;
  }

  /** @internal */
  get [BRAND](): true {
    return true;
  }

  /** @internal A process may hold two copies of this package, one for `import` and one for `require`. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}

/**
 * Certificate-based credentials, checked when they are read.
 *
 * @throws InvalidCredentials when too few or too many options are given, a file is unreadable, the passphrase
 *   is wrong, key and certificate do not match, the certificate is not valid now, or several certificates fit
 * @throws InvalidOption for an unknown option, and for an environment or a clock of another type
 */
export function certificate(options: CertificateOptions): Certificate {
  return new Certificate(options);
}

function choose(options: CertificateOptions): readonly [Identity, ...Identity[]] {
  checkOptions("certificate()", options, OPTIONS);
  const { environment } = options;
  if (environment !== undefined && environment !== "production" && environment !== "sandbox") {
    throw new InvalidOption("environment", 'environment must be "production" or "sandbox"');
  }
  const clock = readClock(options.clock);
  const [first, ...more] = chooseIdentities(readMaterial(options), clock.epoch(), environment);
  const second = more.find(({ extensions }) => extensions.environments.includes("production"));
  return second === undefined ? [first, ...more] : [second, first];
}

/** Sources of certificates and keys: exactly one of `pem`, `cert` with `key`, or `pfx`. */
export type MaterialOptions = Pick<CertificateOptions, "pem" | "cert" | "key" | "pfx" | "passphrase">;

/**
 * Reads all certificates and private keys, of any purpose.
 *
 * @param maker the function that takes the options, for the error
 * @throws InvalidCredentials when too few or too many options are given, a file is unreadable, or the
 *   passphrase is wrong
 */
export function readMaterial(options: MaterialOptions, maker = "certificate()"): CertificateMaterial {
  const { pem, cert, key, pfx } = options;
  const passphrase = readPassphrase(options.passphrase);
  const forms = [pem !== undefined, cert !== undefined || key !== undefined, pfx !== undefined];
  if (forms.filter(Boolean).length > 1) {
    throw new InvalidCredentials(
      "ERR_APNS_CREDENTIALS_AMBIGUOUS",
      `${maker}: give one of pem, cert with key, or pfx, not several`,
    );
  }
  if (pfx !== undefined) return readPfx(pfx, passphrase);
  if (pem !== undefined) return readPem({ pem }, passphrase);
  if (cert !== undefined && key !== undefined) return readPem({ cert, key }, passphrase);
  const given = cert !== undefined ? "cert is given without key" : "key is given without cert";
  const missing = cert === undefined && key === undefined ? "nothing is given" : given;
  throw new InvalidCredentials(
    "ERR_APNS_CREDENTIALS_MISSING",
    `${maker}: ${missing}; give pem, cert with key, or pfx`,
  );
}

function tlsIdentity({ leaf, key, intermediates }: Identity): TlsIdentity {
  return {
    cert: [leaf, ...intermediates].map(String).join(""),
    key: key.export({ type: "pkcs8", format: "pem" }) as string,
  };
}
