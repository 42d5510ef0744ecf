import type { ManifestDigest, PackageFile } from "../files/package-file.ts";

/** `manifest.json`: the digest of each file, in the order of the files. */
export function manifestOf(files: Iterable<PackageFile>, digest: ManifestDigest): Buffer {
  const digests: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const file of files) digests[file.name] = file.digest(digest);
  return Buffer.from(JSON.stringify(digests));
}
