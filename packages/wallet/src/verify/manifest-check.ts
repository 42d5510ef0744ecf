import { printable } from "@apnskit/connection/internal";
import { shownName } from "../files/file-name.ts";
import type { ManifestDigest, PackageFile } from "../files/package-file.ts";
import type { PackageFinding } from "./finding.ts";

/** Compares a manifest with the files: each file is listed with its digest, and nothing else is. */
export function checkManifest(
  files: ReadonlyMap<string, PackageFile>,
  digest: ManifestDigest,
  findings: PackageFinding[],
): void {
  const error = (message: string) => void findings.push({ level: "error", message });
  const manifest = files.get("manifest.json");
  const listed = manifest === undefined ? undefined : parsed(manifest);
  if (listed === undefined) {
    error(manifest === undefined ? "manifest.json is missing" : "manifest.json is not a JSON object");
    return;
  }
  for (const file of files.values()) {
    if (file.name === "manifest.json" || file.name === "signature") continue;
    const given = Object.hasOwn(listed, file.name) ? listed[file.name] : undefined;
    if (given === undefined) error(`${shownName(file.name)} is not in the manifest`);
    else if (typeof given !== "string" || given.toLowerCase() !== file.digest(digest)) {
      const got = typeof given === "string" ? printable(given, 20) : typeof given;
      error(`${shownName(file.name)} has a ${digest} digest that differs from the manifest (${got})`);
    }
  }
  for (const name of Object.keys(listed)) {
    if (!files.has(name)) error(`${shownName(name)} is in the manifest, but not in the package`);
  }
}

function parsed(manifest: PackageFile): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(manifest.bytes).toString("utf8"));
    const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
    return isObject ? (json as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
