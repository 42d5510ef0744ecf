import { X509Certificate } from "node:crypto";
import type { Certificate, CertificateOptions } from "apnskit";
import type { Invocation } from "./definition.ts";
import { ExitCode } from "./exit-codes.ts";
import { asFailure, badCredentials, oneLine, usage } from "./failure.ts";
import { certificateOptions, pemOf } from "./settings/credentials.ts";
import { materialAt, readMaterial } from "./settings/material.ts";
import type { CredentialSettings } from "./settings/settings.ts";

/** Options of `apnskit certificate`. */
export interface CertificateFlags {
  readonly certificateKey?: string;
  readonly passphraseFile?: string;
}

/** The report on a certificate. */
export interface CertificateReport {
  readonly subject: string;
  readonly serialNumber: string;
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Days until it expires; negative once it has. */
  readonly daysLeft: number;
  readonly environments: readonly string[];
  readonly topics: readonly { readonly topic: string; readonly purposes: readonly string[] }[];
  readonly pushTypes: readonly string[];
  /** Its issuer, and the issuer's issuer, as far as the file contains them. */
  readonly chain: readonly { readonly subject: string; readonly issuer: string }[];
  /** `undefined` without a key to compare. */
  readonly keyMatches: boolean | undefined;
}

const DAY = 24 * 60 * 60_000;

/** Runs `apnskit certificate`. */
export async function certificate(invocation: Invocation<CertificateFlags>): Promise<ExitCode> {
  const { options, output, args, env } = invocation;
  const path = args[0] as string;
  const material = (given: string | undefined, source: string) =>
    given === undefined ? undefined : { value: materialAt(given), source };
  const stdin = [path, options.certificateKey, options.passphraseFile].filter((one) => one === "-");
  if (stdin.length > 1) throw usage("only one file can be read from stdin");
  const passphrase = env.APNSKIT_PASSPHRASE
    ? { value: { from: "text", text: env.APNSKIT_PASSPHRASE } as const, source: "APNSKIT_PASSPHRASE" }
    : undefined;
  const report = await inspectCertificate(
    {
      certificate: { value: materialAt(path), source: "certificate" },
      certificateKey: material(options.certificateKey, "--certificate-key"),
      passphrase: material(options.passphraseFile, "--passphrase-file") ?? passphrase,
    },
    Date.now(),
  );
  output.result(report, () => reportText(report));
  const valid = report.notBefore.getTime() <= Date.now() && report.notAfter.getTime() > Date.now();
  return valid ? ExitCode.accepted : ExitCode.credentials;
}

/**
 * Reads a certificate, valid or not, with its key or without.
 *
 * @throws CommandFailure if it cannot be read, or the key belongs to another certificate
 */
export async function inspectCertificate(
  settings: Omit<CredentialSettings & { kind: "certificate" }, "kind">,
  now: number,
): Promise<CertificateReport> {
  const { value, source } = settings.certificate;
  const bytes = readMaterial(value, source, badCredentials);
  const name = value.from === "file" ? value.path : source;
  const alone = certificateAlone(bytes, settings.certificateKey !== undefined);
  if (alone !== undefined) return describeAlone(alone, now);
  try {
    return describe(await open(certificateOptions(settings, bytes)), now);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    throw badCredentials(`${name}: ${failure.message}`, { cause: error });
  }
}

/** Opens a certificate regardless of its dates. */
async function open(options: CertificateOptions): Promise<Certificate> {
  const { certificate: read, systemClock } = await import("apnskit");
  try {
    return read(options);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== "ERR_APNS_CERTIFICATE_EXPIRED" && code !== "ERR_APNS_CERTIFICATE_NOT_YET_VALID") throw error;
    // No date is before or after NaN, so dates are not checked here; the report says what is wrong with them.
    const clock = Object.assign(Object.create(systemClock), { epoch: () => Number.NaN });
    return read({ ...options, clock });
  }
}

/** The certificate of a file without a key, if no key is given either. */
function certificateAlone(bytes: Buffer, hasKey: boolean): X509Certificate | undefined {
  if (hasKey) return undefined;
  const isPem = bytes.includes("-----BEGIN ");
  if (isPem && bytes.includes("PRIVATE KEY-----")) return undefined;
  if (isPem) {
    try {
      return new X509Certificate(bytes);
    } catch (error) {
      throw badCredentials("certificate: the PEM text holds no certificate that can be read", {
        cause: error,
      });
    }
  }
  try {
    return new X509Certificate(pemOf(bytes, "certificate"));
  } catch {
    // Not DER: a PKCS #12 file.
    return undefined;
  }
}

const END_CERTIFICATE = "-----END CERTIFICATE-----";

function describe(read: Certificate, now: number): CertificateReport {
  const blocks = read.tls.cert.split(END_CERTIFICATE).slice(0, -1);
  const chain = blocks.map((block) => new X509Certificate(`${block}${END_CERTIFICATE}`));
  return {
    ...common(chain[0]!, now),
    environments: read.environments,
    topics: read.topics,
    pushTypes: read.pushTypes,
    chain: chain.map(link),
    keyMatches: true,
  };
}

// 1.2.840.113635.100.6.3.1 and .2 in DER: the certificate is for this environment.
const ENVIRONMENTS = [
  ["production", Buffer.from("060a2a864886f76364060302", "hex")],
  ["sandbox", Buffer.from("060a2a864886f76364060301", "hex")],
] as const;

function describeAlone(leaf: X509Certificate, now: number): CertificateReport {
  const uid = /^UID=(.*)$/m.exec(leaf.subject)?.[1];
  return {
    ...common(leaf, now),
    environments: ENVIRONMENTS.filter(([, oid]) => leaf.raw.includes(oid)).map(([name]) => name),
    topics: uid === undefined ? [] : [{ topic: uid, purposes: [] }],
    pushTypes: [],
    chain: [link(leaf)],
    keyMatches: undefined,
  };
}

function common(leaf: X509Certificate, now: number) {
  const notAfter = new Date(leaf.validTo);
  return {
    subject: oneLine(leaf.subject.replaceAll("\n", ", ")),
    serialNumber: leaf.serialNumber,
    fingerprint: leaf.fingerprint256,
    notBefore: new Date(leaf.validFrom),
    notAfter,
    daysLeft: Math.floor((notAfter.getTime() - now) / DAY),
  };
}

function link(certificate: X509Certificate): { subject: string; issuer: string } {
  return { subject: nameOf(certificate.subject), issuer: nameOf(certificate.issuer) };
}

/** The common name, otherwise the whole name. */
export function nameOf(distinguished: string): string {
  return oneLine(/^CN=(.*)$/m.exec(distinguished)?.[1] ?? distinguished.replaceAll("\n", ", "));
}

function reportText(report: CertificateReport): string {
  const { daysLeft, topics, environments, pushTypes, chain, keyMatches } = report;
  const until = daysLeft < 0 ? "expired" : `${daysLeft} days left`;
  const list = (values: readonly string[], none: string) => (values.length === 0 ? none : values.join(", "));
  const rows = [
    ["subject", report.subject],
    ["serial number", report.serialNumber],
    ["fingerprint", report.fingerprint],
    ["valid from", report.notBefore.toISOString()],
    ["valid until", `${report.notAfter.toISOString()} (${until})`],
    ["environments", list(environments, "it does not say")],
    ...(topics.length === 0 ? [["topics", "it does not say"]] : []),
    ...topics.map(({ topic, purposes }) => [
      "topic",
      purposes.length > 0 ? `${topic} (${purposes.join(", ")})` : topic,
    ]),
    ...(pushTypes.length > 0 ? [["push types", pushTypes.join(", ")]] : []),
    ...chain.map(({ subject, issuer }) => ["chain", `${subject}, issued by ${issuer}`]),
    [
      "key",
      keyMatches === undefined
        ? "not compared: the file has none; --certificate-key gives it"
        : "belongs to it",
    ],
  ];
  return rows.map(([name, value]) => `${name!.padEnd(14)} ${oneLine(value!)}`).join("\n");
}
