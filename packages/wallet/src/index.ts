export type { Overrides } from "./document/json-file.ts";
export type { Localisations } from "./document/localisations.ts";
export type { Texts } from "./document/strings-file.ts";
export {
  InvalidPackage,
  type PackagePlace,
  type PackageProblem,
  RegistrationsError,
  type RegistrationsErrorCode,
} from "./errors.ts";
export { loadModel, type ModelSource } from "./files/model.ts";
export { type ManifestDigest, PackageFile } from "./files/package-file.ts";
export { type FileContent, type FilesInput, PackageFiles } from "./files/package-files.ts";
export { Order, type OrderExtras, order } from "./order/order.ts";
export { OrderSigner } from "./order/order-signer.ts";
export { Pass, type PassExtras, pass } from "./pass/pass.ts";
export { PassBundle, passBundle } from "./pass/pass-bundle.ts";
export { PASS_STYLES, type PassStyle } from "./pass/pass-rules.ts";
export { PassSigner } from "./pass/pass-signer.ts";
export { FileRegistrations } from "./registrations/file-registrations.ts";
export { MemoryRegistrations } from "./registrations/memory-registrations.ts";
export type {
  Awaitable,
  Changes,
  ItemKey,
  Registration,
  Registrations,
} from "./registrations/registrations.ts";
export { PushPackage, pushPackage } from "./safari/push-package.ts";
export { WebsiteSigner } from "./safari/website-signer.ts";
export { sameSecret } from "./service/authorization.ts";
export { nodeListener } from "./service/node-listener.ts";
export { type OrderServiceOptions, orderService } from "./service/order-service.ts";
export { type PassServiceOptions, passService } from "./service/pass-service.ts";
export { type SafariDevice, type SafariServiceOptions, safariService } from "./service/safari-service.ts";
export {
  type UpdateOptions,
  type UpdateOrdersOptions,
  type UpdatePassesOptions,
  type UpdateReport,
  updateOrders,
  updatePasses,
} from "./service/update-push.ts";
export type { Handler, ItemRecord, UpdateServiceOptions } from "./service/update-service.ts";
export { WALLET_INTERMEDIATE } from "./signing/apple-intermediates.ts";
export { type SignPackageOptions, signingIdentity, signPackage } from "./signing/sign-package.ts";
export { SignedPackage } from "./signing/signed-package.ts";
export type { SignerOptions } from "./signing/signing-identities.ts";
export { SigningIdentity } from "./signing/signing-identity.ts";
export type { PackageFinding } from "./verify/finding.ts";
export {
  type PackageReport,
  type PackageSignature,
  type PackageType,
  type VerifyOptions,
  verifyPackage,
} from "./verify/verify-package.ts";
