import { InvalidPackage } from "../errors.ts";
import { PackageSigner } from "../signing/package-signer.ts";
import type { SignedPackage } from "../signing/signed-package.ts";
import type { SignerOptions } from "../signing/signing-identities.ts";
import { Order } from "./order.ts";

/** Signs orders with the certificate of their order type. Make one and keep it. */
export class OrderSigner extends PackageSigner {
  /**
   * @throws InvalidCredentials as `PassSigner`
   * @throws InvalidOption for an unknown option
   */
  constructor(options: SignerOptions) {
    const contentType = "application/vnd.apple.order";
    super({ signer: "OrderSigner", prefix: "order.", digest: "sha256", contentType }, options);
  }

  /**
   * @throws InvalidCredentials for an order of another order type, and if the certificate has expired since
   * it was loaded
   */
  sign(order: Order): SignedPackage {
    if (!(order instanceof Order)) {
      throw new InvalidPackage(
        "invalid",
        "OrderSigner.sign() needs an order; make it with order(model, overrides)",
      );
    }
    return this.signFiles(order.files, order.orderTypeIdentifier, undefined);
  }
}
