export { Control, type ControlOptions } from "./control/control.ts";
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
export {
  CertificateDirectoryError,
  InvalidMockCredentials,
  InvalidMockInput,
  MockApnsClosed,
  MockApnsError,
  type MockApnsErrorCode,
  MockListenError,
  NotReceived,
  PackageRefused,
} from "./errors.ts";
export type { ConnectionAction, Fault, FaultAction, FaultTarget, InjectedFault } from "./faults/fault.ts";
export { parseFault } from "./faults/fault-text.ts";
export { type Latency, parseLatency } from "./faults/latency.ts";
export type { Ledger, LedgerOptions, LedgerTotals, ReceivedOptions } from "./ledger/ledger.ts";
export type { LedgerEntry, RequestKind } from "./ledger/ledger-entry.ts";
export type { LedgerQuery } from "./ledger/ledger-query.ts";
export type { Tally, TallyCount, TallySummary } from "./ledger/tally.ts";
export { MockApns, type OpenConnection } from "./mock-apns.ts";
export type { MockApnsOptions } from "./options.ts";
export type { Refusal } from "./services/answer.ts";
export type { Channel, Channels, MessageStoragePolicy } from "./services/channels.ts";
export type {
  Device,
  DeviceChange,
  DeviceRateLimit,
  DeviceRegistry,
  DeviceState,
} from "./services/device-registry.ts";
export { CHANNEL_REASONS, DEVICE_REASONS, type Reason, type Spelling } from "./services/reasons.ts";
export { type PushType, TOPIC_SUFFIXES } from "./services/topics.ts";
export type { Wallet } from "./wallet/wallet.ts";
export type { WalletDevice, WalletDeviceOptions, WalletRequest } from "./wallet/wallet-device.ts";
export type { WalletItem } from "./wallet/wallet-item.ts";
export type {
  ClientSettings,
  ConnectionEvent,
  ConnectionIncident,
  ConnectionOrigin,
  ConnectionRecord,
} from "./wire/connection-history.ts";
export type { GoawayOptions } from "./wire/goaway.ts";
