import type { X509Certificate } from "node:crypto";
import { types } from "node:util";
import { printable } from "@apnskit/connection/internal";
import { InvalidOption } from "apnskit";
import { InvalidPackage } from "../errors.ts";
import type { ManifestDigest, PackageFile } from "../files/package-file.ts";
import { PackageFiles } from "../files/package-files.ts";
import { readZip } from "../files/zip-reader.ts";
import { order } from "../order/order.ts";
import { pass } from "../pass/pass.ts";
import { pushPackage } from "../safari/push-package.ts";
import {
  attributeOf,
  isImpostor,
  isKnownIntermediate,
  WALLET_INTERMEDIATE,
} from "../signing/apple-intermediates.ts";
import { type CmsReport, checkCms } from "./cms-check.ts";
import type { PackageFinding } from "./finding.ts";
import { checkManifest } from "./manifest-check.ts";

/** The kind of a package. */
export type PackageType = "pass" | "order" | "push package" | "unknown";

/** The signer of a package. */
export interface PackageSignature {
  /** Common name of the signer's certificate. */
  readonly signer: string | undefined;
  /** Pass type, order type or website push id of the certificate. */
  readonly identifier: string | undefined;
  readonly team: string | undefined;
  /** SHA-256 of the signer's certificate. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Common name of the intermediate in the signature. */
  readonly issuer: string | undefined;
  /** Whether the intermediate is known to be Apple's, by its fingerprint. */
  readonly issuedByApple: boolean;
  readonly signingTime: Date | undefined;
}

/** The result of {@link verifyPackage}. */
export interface PackageReport {
  readonly type: PackageType;
  /** Pass type, order type or website push id. */
  readonly identifier: string | undefined;
  /** Serial number or order identifier. */
  readonly serialNumber: string | undefined;
  /** All files of the archive. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
  /** `undefined` if there is no readable signature. */
  readonly signature: PackageSignature | undefined;
  readonly findings: readonly PackageFinding[];
  /** True if no finding is an error. */
  readonly valid: boolean;
}

/** Options of {@link verifyPackage}. */
export interface VerifyOptions {
  /** The time for the dates of certificates, in milliseconds since 1970-01-01 UTC; now by default. */
  readonly now?: number | undefined;
}

interface Contents {
  readonly type: PackageType;
  readonly digest: ManifestDigest;
  readonly identifier: string | undefined;
  readonly serialNumber: string | undefined;
  readonly team: string | undefined;
}

/**
 * Checks a signed package as a device would, without Apple: archive, manifest, signature, chain, dates,
 * content. It cannot know whether a certificate was revoked.
 *
 * @param archive the bytes of a `.pkpass`, `.order` or push package
 * @throws InvalidPackage if the bytes are not a zip archive; any other problem is a finding
 */
export async function verifyPackage(
  archive: Uint8Array,
  options: VerifyOptions = {},
): Promise<PackageReport> {
  if (!types.isUint8Array(archive))
    throw new InvalidOption("archive", "verifyPackage() takes the bytes of a package");
  const { now = Date.now() } = options;
  const all = await readZip(archive);
  const byName = new Map(all.map((file) => [file.name, file]));
  const findings: PackageFinding[] = [];
  const contents = contentsOf(all, findings);
  checkManifest(byName, contents.digest, findings);
  const signature = checkSignature(byName, contents, now, findings);
  return {
    type: contents.type,
    identifier: contents.identifier,
    serialNumber: contents.serialNumber,
    files: all.map(({ name, bytes }) => ({ name, size: bytes.length })),
    signature,
    findings,
    valid: findings.every(({ level }) => level !== "error"),
  };
}

/** Checks the content by the same rules that `pass()`, `order()` and `pushPackage()` use. */
function contentsOf(all: readonly PackageFile[], findings: PackageFinding[]): Contents {
  const has = (name: string) => all.some((file) => file.name === name);
  const type = has("pass.json")
    ? "pass"
    : has("order.json")
      ? "order"
      : has("website.json")
        ? "push package"
        : "unknown";
  const nothing = { identifier: undefined, serialNumber: undefined, team: undefined };
  const digest = type === "order" ? "sha256" : "sha1";
  try {
    const files = PackageFiles.ofRead(all);
    switch (type) {
      case "pass": {
        const made = pass(files);
        warn(findings, made.warnings);
        const { passTypeIdentifier: identifier, serialNumber, teamIdentifier: team } = made;
        return { type, digest, identifier, serialNumber, team };
      }
      case "order": {
        const made = order(files);
        warn(findings, made.warnings);
        const { orderTypeIdentifier: identifier, orderIdentifier: serialNumber } = made;
        return { ...nothing, type, digest, identifier, serialNumber };
      }
      case "push package": {
        const made = pushPackage(files);
        warn(findings, made.warnings);
        return { ...nothing, type, digest, identifier: made.websitePushID };
      }
      default:
        findings.push({ level: "error", message: "there is no pass.json, order.json or website.json" });
    }
  } catch (error) {
    if (!(error instanceof InvalidPackage)) throw error;
    findings.push({ level: "error", message: error.message });
  }
  return { ...nothing, type, digest };
}

function warn(findings: PackageFinding[], warnings: readonly string[]): void {
  for (const message of warnings) findings.push({ level: "warning", message });
}

function checkSignature(
  files: ReadonlyMap<string, PackageFile>,
  contents: Contents,
  now: number,
  findings: PackageFinding[],
): PackageSignature | undefined {
  const error = (message: string) => void findings.push({ level: "error", message });
  const file = files.get("signature");
  if (file === undefined) {
    error("signature is missing");
    return undefined;
  }
  const report = checkCms(file.bytes, files.get("manifest.json")?.bytes ?? Buffer.alloc(0));
  if (!report.holds) error(`the signature is invalid: ${report.why}`);
  const { signer } = report;
  if (signer === undefined) return undefined;
  const signature = describe(report, signer);
  checkChain(report, signer, now, findings);
  const { identifier, team } = contents;
  if (identifier !== undefined && signature.identifier !== identifier) {
    error(
      `the certificate is for ${printable(signature.identifier ?? "nothing")}, not for ${printable(identifier)}`,
    );
  }
  if (team !== undefined && signature.team !== undefined && signature.team !== team) {
    error(`the certificate belongs to the team ${printable(signature.team)}, but teamIdentifier is ${team}`);
  }
  return signature;
}

function describe({ issuer, signingTime }: CmsReport, signer: X509Certificate): PackageSignature {
  return {
    signer: attributeOf(signer.subject, "CN"),
    identifier: attributeOf(signer.subject, "UID"),
    team: attributeOf(signer.subject, "OU"),
    fingerprint: signer.fingerprint256,
    notBefore: new Date(signer.validFrom),
    notAfter: new Date(signer.validTo),
    issuer: issuer === undefined ? undefined : attributeOf(issuer.subject, "CN"),
    issuedByApple: issuer !== undefined && isKnownIntermediate(issuer),
    signingTime,
  };
}

/** A device checks the dates when it accepts the package; later the certificate may expire. */
function checkChain(
  { issuer, signingTime }: CmsReport,
  signer: X509Certificate,
  now: number,
  findings: PackageFinding[],
): void {
  const error = (message: string) => void findings.push({ level: "error", message });
  const warning = (message: string) => void findings.push({ level: "warning", message });
  if (signingTime === undefined) error("the signature has no signing-time, which Wallet requires");
  const moments: readonly (readonly [X509Certificate, string])[] = [
    [signer, "the signer's certificate"],
    ...(issuer === undefined ? [] : [[issuer, "the intermediate certificate"] as const]),
  ];
  for (const [one, what] of moments) {
    const at = signingTime?.getTime() ?? now;
    if (at < Date.parse(one.validFrom) || at > Date.parse(one.validTo)) {
      error(`${what} was not valid when the package was signed`);
    } else if (now > Date.parse(one.validTo)) warning(`${what} has expired since the package was signed`);
  }
  if (issuer === undefined) {
    error(`the intermediate that issued the certificate is missing (WWDR); fetch ${WALLET_INTERMEDIATE.url}`);
  } else if (isImpostor(issuer)) {
    error(
      `the intermediate is named like Apple's ${WALLET_INTERMEDIATE.generation}, but is a different certificate`,
    );
  } else if (!isKnownIntermediate(issuer)) {
    warning("the intermediate is not known to be Apple's; devices trust only Apple's");
  }
}
