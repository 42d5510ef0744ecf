export {
  CertificateAuthority,
  type CertificateAuthorityOptions,
  type IssuedCertificate,
  type IssueOptions,
  type KeyType,
} from "./certificate-authority.ts";
export type { ApnsEnvironment, CertificateTopic } from "./certificate-extensions.ts";
export { MockApns, type MockApnsOptions } from "./mock-apns.ts";
