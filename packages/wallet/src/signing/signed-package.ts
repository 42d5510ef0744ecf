import { type InspectOptions, inspect } from "node:util";
import type { PackageFiles } from "../files/package-files.ts";
import { zip } from "../files/zip-writer.ts";

/** Bytes of one piece of {@link SignedPackage.stream}. */
const PIECE = 65_536;

/** A package with its manifest and signature, ready for a device. */
export class SignedPackage {
  /** The file's media type, for `Content-Type`. */
  readonly contentType: string;
  /** The files without manifest and signature. */
  readonly files: PackageFiles;
  /** `manifest.json`: the digest of each file. */
  readonly manifest: Uint8Array;
  /** `signature`: detached CMS over the manifest, DER. */
  readonly signature: Uint8Array;
  #archive: Uint8Array | undefined;

  constructor(files: PackageFiles, manifest: Uint8Array, signature: Uint8Array, contentType: string) {
    this.files = files;
    this.manifest = manifest;
    this.signature = signature;
    this.contentType = contentType;
  }

  /** The zip archive, packed at the first call. Do not change it. */
  bytes(): Uint8Array {
    this.#archive ??= zip([
      ...this.files,
      { name: "manifest.json", bytes: this.manifest },
      { name: "signature", bytes: this.signature },
    ]);
    return this.#archive;
  }

  /** The same in pieces of 64 KiB, as the body of a `Response` or for `Readable.fromWeb`. */
  stream(): ReadableStream<Uint8Array> {
    const archive = this.bytes();
    let at = 0;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at < archive.length) controller.enqueue(archive.slice(at, at + PIECE));
        at += PIECE;
        if (at >= archive.length) controller.close();
      },
    });
  }

  /** A `Response` with the archive, its type and its length. */
  response(headers: Readonly<Record<string, string>> = {}): Response {
    const archive = this.bytes() as Uint8Array<ArrayBuffer>;
    return new Response(archive, {
      headers: { ...headers, "content-type": this.contentType, "content-length": String(archive.length) },
    });
  }

  /** @internal Names only: the content of a pass may be private. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { contentType, files } = this;
    return `SignedPackage ${inspect({ contentType, files: files.names }, options)}`;
  }
}
