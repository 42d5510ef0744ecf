import type { PackageReport } from "@apnskit/wallet";
import type { Invocation } from "../definition.ts";
import { ExitCode } from "../exit-codes.ts";
import { oneLine } from "../failure.ts";
import type { Paint } from "../output/colour.ts";
import { materialAt, readMaterial } from "../settings/material.ts";

/** Runs `apnskit wallet verify`. */
export async function verify({ args, output }: Invocation<object>): Promise<ExitCode> {
  const bytes = readMaterial(materialAt(args[0] as string), "package");
  const { verifyPackage } = await import("@apnskit/wallet");
  const report = await verifyPackage(bytes);
  output.result(report, () => text(report, output.paint));
  return report.valid ? ExitCode.accepted : ExitCode.usage;
}

function text(report: PackageReport, paint: Paint): string {
  const { type, identifier, serialNumber, files, signature, findings, valid } = report;
  const day = (date: Date) => date.toISOString().slice(0, 10);
  const rows: (readonly [string, string | undefined])[] = [
    ["type", type],
    ["identifier", identifier],
    ["number", serialNumber],
    ["files", files.map(({ name, size }) => `${name} (${size})`).join(", ")],
    ["signer", signature?.signer],
    ["team", signature?.team],
    ["valid", signature && `${day(signature.notBefore)} to ${day(signature.notAfter)}`],
    ["issuer", signature && `${signature.issuer ?? "missing"}${signature.issuedByApple ? " (Apple's)" : ""}`],
    ["signed at", signature?.signingTime?.toISOString()],
  ];
  const lines = rows.flatMap(([name, value]) =>
    value === undefined ? [] : `${name.padEnd(12)} ${oneLine(value)}`,
  );
  for (const { level, message } of findings) {
    lines.push(`${paint(level === "error" ? "bad" : "warning", level.padEnd(12))} ${oneLine(message)}`);
  }
  lines.push(valid ? paint("good", "a device would take it") : paint("bad", "no device takes it"));
  return lines.join("\n");
}
