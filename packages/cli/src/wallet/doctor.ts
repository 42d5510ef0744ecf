import { randomBytes } from "node:crypto";
import type { PackageFiles } from "@apnskit/wallet";
import type { Invocation } from "../definition.ts";
import { Findings } from "../doctor/finding.ts";
import { ExitCode } from "../exit-codes.ts";
import { asFailure } from "../failure.ts";
import type { SignerFlags } from "../options/signer-options.ts";
import { materialAt, readMaterial } from "../settings/material.ts";
import { type CheckedItem, checkItem } from "./model.ts";
import { ask } from "./service-question.ts";
import { readSigner } from "./signer.ts";

/** Options of `apnskit wallet doctor`. */
export interface WalletDoctorFlags extends SignerFlags {
  readonly ca?: string;
  readonly offline?: boolean;
  readonly timeout: number;
}

/** The words of the device protocol for passes and for orders. */
const PROTOCOLS = {
  pass: { scheme: "ApplePass", collection: "passes" },
  order: { scheme: "AppleOrder", collection: "orders" },
} as const;

/** Runs `apnskit wallet doctor`. */
export async function walletDoctor(invocation: Invocation<WalletDoctorFlags>): Promise<ExitCode> {
  const { args, options, env, output } = invocation;
  const findings = new Findings(output);
  const { loadModel } = await import("@apnskit/wallet");
  const files = await loadModel(args[0] as string);
  const item = await checkContent(files, findings);
  await checkSignature(args[0] as string, findings);
  if (item !== undefined) {
    checkSigner(item, options, env, findings);
    await checkService(item, options, findings);
  }
  return findings.exitCode;
}

async function checkContent(files: PackageFiles, findings: Findings): Promise<CheckedItem | undefined> {
  try {
    const item = await checkItem(files, []);
    findings.add({ check: "content", status: "ok", detail: `${item.kind} ${item.type} ${item.id}` });
    for (const detail of item.warnings) findings.add({ check: "content", status: "warning", detail });
    return item;
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    findings.add({ check: "content", status: "failed", detail: failure.message, exitCode: ExitCode.usage });
    return undefined;
  }
}

/** A folder has no signature; an issued file has one. */
async function checkSignature(path: string, findings: Findings): Promise<void> {
  let bytes: Buffer;
  try {
    bytes = readMaterial(materialAt(path), "package");
  } catch {
    findings.add({ check: "signature", status: "skipped", detail: "this is a folder, which is not signed" });
    return;
  }
  const { verifyPackage } = await import("@apnskit/wallet");
  const report = await verifyPackage(bytes);
  const errors = report.findings.filter(({ level }) => level === "error");
  for (const { message: detail } of errors) {
    findings.add({ check: "signature", status: "failed", detail, exitCode: ExitCode.usage });
  }
  if (errors.length > 0) return;
  const { signer, issuedByApple } = report.signature!;
  if (issuedByApple) findings.add({ check: "signature", status: "ok", detail: `by ${signer}` });
  else {
    const detail = `by ${signer}, whose issuer is not known to be Apple's`;
    findings.add({ check: "signature", status: "warning", detail });
  }
}

function checkSigner(
  item: CheckedItem,
  options: WalletDoctorFlags,
  env: NodeJS.ProcessEnv,
  findings: Findings,
): void {
  if (options.signer === undefined) {
    findings.add({ check: "signer", status: "skipped", detail: "--signer is not given" });
    return;
  }
  try {
    item.sign(readSigner(options, env));
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    findings.add({ check: "signer", status: "failed", detail: failure.message, exitCode: failure.exitCode });
    return;
  }
  findings.add({ check: "signer", status: "ok", detail: "it can sign this package" });
}

/** Asks the questions of devices; the answers of a working service are known. */
async function checkService(
  item: CheckedItem,
  options: WalletDoctorFlags,
  findings: Findings,
): Promise<void> {
  const { webServiceURL, authenticationToken } = item.json;
  const skip = (detail: string) => findings.add({ check: "service", status: "skipped", detail });
  if (typeof webServiceURL !== "string")
    return skip("there is no webServiceURL: the package is never updated");
  if (options.offline) return skip("--offline");
  const ca = options.ca === undefined ? undefined : readMaterial(materialAt(options.ca), "--ca").toString();
  const base = webServiceURL.replace(/\/$/, "");
  const { scheme, collection } = PROTOCOLS[item.kind];
  const type = encodeURIComponent(item.type);
  const device = `apnskit-doctor-${randomBytes(8).toString("hex")}`;
  const url = `${base}/v1/${collection}/${type}/${encodeURIComponent(item.id)}`;
  const wrong = randomBytes(16).toString("hex");
  const questions = [
    {
      check: "list",
      url: `${base}/v1/devices/${device}/registrations/${type}`,
      headers: {},
      wanted: [204],
      remedy: "answer 204 to the list of changes of a device that is not registered",
    },
    {
      check: "wrong token",
      url,
      headers: { authorization: `${scheme} ${wrong}` },
      wanted: [401],
      remedy: `compare the token of the header "Authorization: ${scheme} …" with the package's authenticationToken`,
    },
    {
      check: "fetch",
      url,
      headers: { authorization: `${scheme} ${String(authenticationToken)}` },
      wanted: [200],
      remedy: "give the package to a device that has its authenticationToken",
    },
  ];
  for (const { check, wanted, remedy, ...question } of questions) {
    try {
      const status = await ask({ ...question, ca, timeout: options.timeout });
      if (wanted.includes(status)) findings.add({ check, status: "ok", detail: `answered with ${status}` });
      else {
        const detail = `answered with ${status}, not with ${wanted.join(" or ")}`;
        findings.add({ check, status: "failed", detail, remedy, exitCode: ExitCode.rejected });
      }
    } catch (error) {
      const detail = `${base} does not answer: ${(error as Error).message}`;
      const advice = "check the name, the port and the certificate; devices must trust the certificate";
      findings.add({ check, status: "failed", detail, remedy: advice, exitCode: ExitCode.unreachable });
      return;
    }
  }
}
