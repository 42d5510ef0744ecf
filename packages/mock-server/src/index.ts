export { Control } from "./control/control.ts";
export {
  CertificateAuthority,
  type CertificateAuthorityOptions,
  type IssuedCertificate,
  type IssueOptions,
  type KeyType,
} from "./credentials/certificate-authority.ts";
export type { ApnsEnvironment, CertificateTopic } from "./credentials/certificate-extensions.ts";
export {
  generateSigningKey,
  type ProviderKey,
  type ProviderKeyOptions,
  type SigningKey,
  type SignOptions,
  signProviderToken,
} from "./credentials/provider-keys.ts";
export type { ProviderToken, ProviderTokens } from "./credentials/provider-tokens.ts";
export type { ThrottleScope } from "./credentials/token-throttle.ts";
export { parseFault, parseLatency } from "./faults/fault-text.ts";
export type { Fault, FaultAction, FaultTarget, InjectedFault } from "./faults/faults.ts";
export type { Latency } from "./faults/latency.ts";
export type {
  Ledger,
  LedgerEntry,
  LedgerOptions,
  LedgerQuery,
  LedgerTotals,
  ReceivedOptions,
  RequestKind,
} from "./ledger/ledger.ts";
export type { Tally, TallyCount, TallySummary } from "./ledger/tally.ts";
export { type ConnectionAction, MockApns, type OpenConnection } from "./mock-apns.ts";
export type { MockApnsOptions } from "./options.ts";
export type { Refusal } from "./services/answer.ts";
export type { Channel, Channels, MessageStoragePolicy } from "./services/channels.ts";
export type { Device, DeviceRateLimit, DeviceRegistry, DeviceState } from "./services/device-registry.ts";
export { CHANNEL_REASONS, DEVICE_REASONS, type Reason, type Spelling } from "./services/reasons.ts";
export { type PushType, TOPIC_SUFFIXES } from "./services/topics.ts";
export type { GoawayOptions } from "./wire/goaway.ts";
