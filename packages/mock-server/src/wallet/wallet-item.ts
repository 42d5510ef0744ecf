import { createHash } from "node:crypto";
import { PackageRefused } from "../errors.ts";
import { readArchive } from "./package-archive.ts";
import { verifySignature } from "./package-signature.ts";
import { protocolOf, type WalletProtocol } from "./wallet-protocol.ts";

/** A pass or order that a device shows. */
export interface WalletItem {
  /** `pass` or `order`. */
  readonly kind: "pass" | "order";
  /** Pass type or order type. */
  readonly type: string;
  /** Serial number or order identifier. */
  readonly id: string;
  /** The contents of `pass.json` or `order.json`. */
  readonly content: Readonly<Record<string, unknown>>;
  /** The names of the files in the package. */
  readonly files: readonly string[];
  /** `Last-Modified` of the service for this version; `undefined` for a version that was added by hand. */
  readonly lastModified: string | undefined;
  /** How many versions the device has shown, this one included. */
  readonly version: number;
}

/** An accepted package, and the data for fetching its next version. */
export interface OpenedPackage {
  readonly protocol: WalletProtocol;
  readonly type: string;
  readonly id: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
  /** Without a trailing slash; `undefined` if there is no service. */
  readonly webServiceUrl: string | undefined;
  readonly authenticationToken: string;
}

/**
 * Opens a package as Wallet does: each file must be in the manifest with its digest, and the identifier's
 * owner must have signed it. Refuses a pass without an icon.
 *
 * @param checkSignature false skips the signature
 * @throws PackageRefused
 */
export async function openPackage(archive: Uint8Array, checkSignature: boolean): Promise<OpenedPackage> {
  const files = await readArchive(archive);
  const protocol = protocolOf(files);
  if (protocol === undefined) throw new PackageRefused("The package has neither pass.json nor order.json");
  const manifest = files.get("manifest.json");
  if (manifest === undefined) throw new PackageRefused("The package has no manifest.json");
  checkManifest(files, jsonOf(manifest, "manifest.json"), protocol.digest);
  const content = jsonOf(files.get(protocol.file)!, protocol.file);
  const type = textOf(content, protocol.typeKey, protocol.file);
  const id = textOf(content, protocol.idKey, protocol.file);
  if (
    protocol.kind === "pass" &&
    ![...files.keys()].some((name) => /(?:^|\/)icon(?:@[23]x)?\.png$/.test(name))
  ) {
    throw new PackageRefused("The pass has no icon.png");
  }
  const signature = files.get("signature");
  if (signature === undefined) throw new PackageRefused("The package has no signature");
  if (checkSignature) {
    const { identifier, team } = await verifySignature(signature, manifest);
    if (identifier !== type) {
      throw new PackageRefused(
        `The package is of ${type}, and its certificate is for ${identifier ?? "nothing"}`,
      );
    }
    if (protocol.kind === "pass" && team !== undefined && content.teamIdentifier !== team) {
      throw new PackageRefused(`teamIdentifier is not the certificate's team ${team}`);
    }
  }
  const { webServiceURL, authenticationToken } = content;
  return {
    protocol,
    type,
    id,
    content,
    files: [...files.keys()],
    webServiceUrl: typeof webServiceURL === "string" ? webServiceURL.replace(/\/$/, "") : undefined,
    authenticationToken: typeof authenticationToken === "string" ? authenticationToken : "",
  };
}

function checkManifest(
  files: ReadonlyMap<string, Buffer>,
  manifest: Readonly<Record<string, unknown>>,
  digest: string,
): void {
  for (const [name, content] of files) {
    if (name === "manifest.json" || name === "signature") continue;
    const given = Object.hasOwn(manifest, name) ? manifest[name] : undefined;
    if (given === undefined) throw new PackageRefused(`The manifest does not list ${name}`);
    if (given !== createHash(digest).update(content).digest("hex")) {
      throw new PackageRefused(`The manifest has another digest for ${name}`);
    }
  }
  const absent = Object.keys(manifest).find((name) => !files.has(name));
  if (absent !== undefined) throw new PackageRefused(`The manifest lists ${absent}, which is not there`);
}

function jsonOf(content: Buffer, name: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(content.toString("utf8"));
    if (typeof json === "object" && json !== null && !Array.isArray(json))
      return json as Record<string, unknown>;
  } catch (cause) {
    throw new PackageRefused(`${name} is not JSON`, { cause });
  }
  throw new PackageRefused(`${name} is not an object`);
}

function textOf(content: Readonly<Record<string, unknown>>, key: string, file: string): string {
  const value = content[key];
  if (typeof value === "string" && value !== "") return value;
  throw new PackageRefused(`${file} has no ${key}`);
}
