import { createHash } from "node:crypto";
import { inspect } from "node:util";

/** The digests of a manifest: SHA-1 for passes and push packages, SHA-256 for orders. */
export type ManifestDigest = "sha1" | "sha256";

/** A file of a package. Its bytes never change, so its digest is computed once for any number of packages. */
export class PackageFile {
  /** The path in the package, with `/` between folders. */
  readonly name: string;
  /** The content. Do not change it. */
  readonly bytes: Uint8Array;
  #sha1: string | undefined;
  #sha256: string | undefined;

  /** @param bytes not copied: the caller must not change them */
  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.bytes = bytes;
  }

  /** The digest in lower-case hexadecimal, as a manifest holds it. */
  digest(algorithm: ManifestDigest): string {
    if (algorithm === "sha1") {
      this.#sha1 ??= hexDigest("sha1", this.bytes);
      return this.#sha1;
    }
    this.#sha256 ??= hexDigest("sha256", this.bytes);
    return this.#sha256;
  }

  /** @internal Without the content, which may be private. */
  [inspect.custom](): string {
    return `PackageFile(${this.name}, ${this.bytes.length} bytes)`;
  }
}

function hexDigest(algorithm: ManifestDigest, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest("hex");
}
