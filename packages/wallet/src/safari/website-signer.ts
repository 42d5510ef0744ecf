import { InvalidPackage } from "../errors.ts";
import { PackageSigner } from "../signing/package-signer.ts";
import type { SignedPackage } from "../signing/signed-package.ts";
import type { SignerOptions } from "../signing/signing-identities.ts";
import { PushPackage } from "./push-package.ts";

/** Signs push packages with the certificate of their website push id. Legacy: Safari 15 and older. */
export class WebsiteSigner extends PackageSigner {
  /**
   * @throws InvalidCredentials as `PassSigner`
   * @throws InvalidOption for an unknown option
   */
  constructor(options: SignerOptions) {
    super(
      { signer: "WebsiteSigner", prefix: "web.", digest: "sha1", contentType: "application/zip" },
      options,
    );
  }

  /**
   * @throws InvalidCredentials for a package of another website, and if the certificate has expired since it
   * was loaded
   */
  sign(website: PushPackage): SignedPackage {
    if (!(website instanceof PushPackage)) {
      const rule = "WebsiteSigner.sign() needs a push package; make it with pushPackage(model, overrides)";
      throw new InvalidPackage("invalid", rule);
    }
    return this.signFiles(website.files, website.websitePushID, undefined);
  }
}
