import { InvalidPackage } from "../errors.ts";
import { zip } from "../files/zip-writer.ts";
import { SignedPackage } from "../signing/signed-package.ts";

/** Passes of one bundle, and bytes of it ("Distributing and updating a pass"). */
const MAX_PASSES = 10;
const MAX_SIZE = 150_000_000;

/** Several passes in one download. */
export class PassBundle {
  /** For `Content-Type`. */
  readonly contentType = "application/vnd.apple.pkpasses";
  readonly #archive: Uint8Array;

  /** @internal */
  constructor(archive: Uint8Array) {
    this.#archive = archive;
  }

  /** The content of a `.pkpasses` file. Do not change it. */
  bytes(): Uint8Array {
    return this.#archive;
  }
}

/**
 * Packs signed passes into a `.pkpasses` bundle.
 *
 * @throws InvalidPackage for no pass, more than 10, more than 150 MB, or a value that is not a signed pass
 */
export function passBundle(passes: readonly SignedPackage[]): PassBundle {
  if (!Array.isArray(passes) || passes.some((one) => !isSignedPass(one))) {
    throw new InvalidPackage(
      "invalid",
      "passBundle() needs a list of signed passes; PassSigner.sign() makes them",
    );
  }
  if (passes.length === 0) throw new InvalidPackage("missing", "passBundle() needs one pass or more");
  if (passes.length > MAX_PASSES) {
    throw new InvalidPackage(
      "too-large",
      `a bundle may have ${MAX_PASSES} passes; received ${passes.length}`,
    );
  }
  const archive = zip(passes.map((one, index) => ({ name: `pass-${index + 1}.pkpass`, bytes: one.bytes() })));
  if (archive.length > MAX_SIZE) {
    throw new InvalidPackage("too-large", `a bundle may have ${MAX_SIZE} bytes; it has ${archive.length}`);
  }
  return new PassBundle(archive);
}

function isSignedPass(value: unknown): boolean {
  return value instanceof SignedPackage && value.contentType === "application/vnd.apple.pkpass";
}
