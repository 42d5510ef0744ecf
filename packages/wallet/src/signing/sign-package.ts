import { requireObject } from "@apnskit/connection/internal";
import { type Clock, InvalidCredentials, InvalidOption } from "apnskit";
import { checkOptions, readClock } from "apnskit/internal";
import { InvalidPackage } from "../errors.ts";
import type { ManifestDigest } from "../files/package-file.ts";
import { type FilesInput, PackageFiles } from "../files/package-files.ts";
import { manifestOf } from "./manifest.ts";
import { SignedPackage } from "./signed-package.ts";
import { readIdentities, type SignerOptions } from "./signing-identities.ts";
import { SigningIdentity } from "./signing-identity.ts";

/** Options of {@link signPackage}. */
export interface SignPackageOptions {
  /** The digest of the manifest: `sha1` for passes and push packages (the default), `sha256` for orders. */
  readonly digest?: ManifestDigest | undefined;
  /** The media type of the result; `application/zip` by default. */
  readonly contentType?: string | undefined;
  /** The clock; the machine's by default. */
  readonly clock?: Clock | undefined;
}

/**
 * The identity to sign with, for {@link signPackage}. `PassSigner`, `OrderSigner` and `WebsiteSigner` choose
 * theirs themselves.
 *
 * @throws InvalidCredentials as `PassSigner`, and `ERR_APNS_CREDENTIALS_AMBIGUOUS` for several usable
 * certificates
 * @throws InvalidOption for an unknown option
 */
export function signingIdentity(options: SignerOptions): SigningIdentity {
  const { identities } = readIdentities("signingIdentity()", options);
  if (identities.length === 1) return identities[0];
  throw new InvalidCredentials(
    "ERR_APNS_CREDENTIALS_AMBIGUOUS",
    `${identities.length} certificates can sign; give a file with one of them`,
  );
}

/**
 * Signs any files: makes `manifest.json` and `signature`. It does not check the content of the files;
 * `PassSigner`, `OrderSigner` and `WebsiteSigner` take checked packages.
 *
 * @throws InvalidPackage for files that no package can have
 * @throws InvalidCredentials for an identity that is not valid now
 * @throws InvalidOption
 */
export function signPackage(
  files: FilesInput | PackageFiles,
  identity: SigningIdentity,
  options: SignPackageOptions = {},
): SignedPackage {
  requireObject("options", options);
  checkOptions("signPackage()", options, ["digest", "contentType", "clock"]);
  const { digest = "sha1", contentType = "application/zip" } = options;
  if (digest !== "sha1" && digest !== "sha256") {
    throw new InvalidOption("digest", 'digest must be "sha1" or "sha256"');
  }
  if (!(identity instanceof SigningIdentity)) {
    throw new InvalidCredentials(
      "ERR_APNS_CREDENTIALS_MISSING",
      "signPackage() needs an identity; make it with signingIdentity({ pem, wwdr })",
    );
  }
  return signFiles(PackageFiles.of(files), identity, digest, contentType, readClock(options.clock).epoch());
}

/** Signs checked files. */
export function signFiles(
  files: PackageFiles,
  identity: SigningIdentity,
  digest: ManifestDigest,
  contentType: string,
  time: number,
): SignedPackage {
  if (files.size === 0) throw new InvalidPackage("missing", "the package has no files");
  const manifest = manifestOf(files, digest);
  return new SignedPackage(files, manifest, identity.sign(manifest, time), contentType);
}
