export type { Refusal } from "./answer.ts";
export {
  CertificateAuthority,
  type CertificateAuthorityOptions,
  type IssuedCertificate,
  type IssueOptions,
  type KeyType,
} from "./certificate-authority.ts";
export type { ApnsEnvironment, CertificateTopic } from "./certificate-extensions.ts";
export type { Channel, Channels, MessageStoragePolicy } from "./channels.ts";
export { Control } from "./control.ts";
export type { Device, DeviceRateLimit, DeviceRegistry, DeviceState } from "./device-registry.ts";
export { parseFault, parseLatency } from "./fault-text.ts";
export type { Fault, FaultAction, FaultTarget, InjectedFault } from "./faults.ts";
export type { GoawayOptions } from "./goaway.ts";
export type { Latency } from "./latency.ts";
export type {
  Ledger,
  LedgerEntry,
  LedgerOptions,
  LedgerQuery,
  LedgerTotals,
  ReceivedOptions,
  RequestKind,
} from "./ledger.ts";
export { type ConnectionAction, MockApns, type OpenConnection } from "./mock-apns.ts";
export type { MockApnsOptions } from "./options.ts";
export {
  generateSigningKey,
  type ProviderKey,
  type ProviderKeyOptions,
  type SigningKey,
  type SignOptions,
  signProviderToken,
} from "./provider-keys.ts";
export type { ProviderToken, ProviderTokens } from "./provider-tokens.ts";
export { CHANNEL_REASONS, DEVICE_REASONS, type Reason, type Spelling } from "./reasons.ts";
export type { Tally, TallyCount, TallySummary } from "./tally.ts";
export type { ThrottleScope } from "./token-throttle.ts";
export { type PushType, TOPIC_SUFFIXES } from "./topics.ts";
