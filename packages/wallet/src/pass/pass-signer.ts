import { InvalidPackage } from "../errors.ts";
import { PackageSigner } from "../signing/package-signer.ts";
import type { SignedPackage } from "../signing/signed-package.ts";
import type { SignerOptions } from "../signing/signing-identities.ts";
import { Pass } from "./pass.ts";

/**
 * Signs passes with the certificate of their pass type. Make one and keep it: certificates and keys are read
 * once.
 */
export class PassSigner extends PackageSigner {
  /**
   * @throws InvalidCredentials for parts that cannot be read or do not match, for another kind of
   * certificate, for an expired certificate, and if the intermediate that issued it is missing: the message
   * says which file to fetch
   * @throws InvalidOption for an unknown option
   */
  constructor(options: SignerOptions) {
    const contentType = "application/vnd.apple.pkpass";
    super({ signer: "PassSigner", prefix: "pass.", digest: "sha1", contentType }, options);
  }

  /**
   * @throws InvalidCredentials for a pass of another pass type or team, and if the certificate has expired
   * since it was loaded
   */
  sign(pass: Pass): SignedPackage {
    if (!(pass instanceof Pass)) {
      throw new InvalidPackage(
        "invalid",
        "PassSigner.sign() needs a pass; make it with pass(model, overrides)",
      );
    }
    return this.signFiles(pass.files, pass.passTypeIdentifier, pass.teamIdentifier);
  }
}
