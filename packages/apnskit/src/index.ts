export {
  Aborted,
  Blocked,
  type Clock,
  Closed,
  type CloseOptions,
  type Connect,
  ConnectFailed,
  type ConnectFailure,
  collapseIdFor,
  type DeadlineSource,
  type Delivery,
  FormatError,
  InvalidOption,
  InvalidRequest,
  type LastConnectError,
  type Logger,
  type LogMethod,
  type Phase,
  type PoolOptions,
  type PoolStats,
  PushError,
  ResponseTooLarge,
  StreamReset,
  systemClock,
  Timeout,
  type Timer,
} from "@apnskit/pool";
export { ApnsClient, type OpenOptions } from "./client/apns-client.ts";
export {
  ApnsClients,
  type ApnsClientsEvents,
  type ApnsClientsOptions,
  type ApnsClientsStats,
} from "./client/apns-clients.ts";
export type { AppCredentials, FindCredentials } from "./client/app-directory.ts";
export type { TokenRenewal } from "./client/authorization.ts";
export type { SendManyOptions, SendOptions } from "./client/call-options.ts";
export type { Channel, ChannelStorage, Channels } from "./client/channels.ts";
export type {
  ApnsClientOptions,
  AppOptions,
  EnvironmentOptions,
  NetworkOptions,
} from "./client/client-options.ts";
export type { ApnsClientEvents, ApnsClientStats, Service } from "./client/courier.ts";
export type { DeviceToken } from "./client/device-pushes.ts";
export type { EndpointOptions, EnvironmentName } from "./client/endpoints.ts";
export type { Pair, Source as PushSource } from "./client/send-many.ts";
export type { CertificateTopic, Environment } from "./credentials/apns-extensions.ts";
export type { Auth } from "./credentials/auth.ts";
export { BearerToken } from "./credentials/bearer-token.ts";
export {
  Certificate,
  type CertificateOptions,
  certificate,
  type TlsIdentity,
} from "./credentials/certificate.ts";
export { type CertificateExpiry, type ExpiryWatchOptions, watchExpiry } from "./credentials/expiry-watch.ts";
export {
  ProviderToken,
  type ProviderTokenOptions,
  providerToken,
  type RenewalDecision,
} from "./credentials/provider-token.ts";
export type { SigningKeySource } from "./credentials/signing-key.ts";
export type { Source } from "./credentials/source.ts";
export type { ProviderTokenSource } from "./credentials/token-source.ts";
export { type DeadToken, DeadTokens, type DeadTokensStats, shouldDrop } from "./dead-tokens.ts";
export { deviceToken } from "./device-token.ts";
export {
  ApnskitError,
  type CredentialsErrorCode,
  InvalidCredentials,
  InvalidDeviceToken,
  InvalidNotification,
  type NotificationProblem,
  ProviderTokenRejected,
} from "./errors.ts";
export { httpProxy } from "./network/http-proxy.ts";
export type { HttpProxyOptions, ProxyTlsOptions } from "./network/proxy-options.ts";
export { type AlertOptions, alert } from "./notifications/alert.ts";
export type { AlertText } from "./notifications/alert-text.ts";
export { type BackgroundOptions, background } from "./notifications/background.ts";
export { type ComplicationOptions, complication } from "./notifications/complication.ts";
export { type ControlsOptions, controls } from "./notifications/controls.ts";
export type { Duration } from "./notifications/expiration.ts";
export { type FileProviderOptions, fileProvider } from "./notifications/file-provider.ts";
export type { HeaderOptions } from "./notifications/header-options.ts";
export type { NotificationHeaders } from "./notifications/headers.ts";
export type { InterruptionLevel } from "./notifications/interruption-level.ts";
export {
  type LiveActivityAlert,
  type LiveActivityEndOptions,
  type LiveActivityStartOptions,
  type LiveActivityUpdateOptions,
  type LocalisableText,
  liveActivityEnd,
  liveActivityStart,
  liveActivityUpdate,
} from "./notifications/live-activity.ts";
export { type LocationOptions, location } from "./notifications/location.ts";
export { type MdmOptions, mdm } from "./notifications/mdm.ts";
export { Notification } from "./notifications/notification.ts";
export type { NotificationJson } from "./notifications/notification-json.ts";
export type { PayloadOptions } from "./notifications/payload.ts";
export { type PushToTalkOptions, pushToTalk } from "./notifications/push-to-talk.ts";
export { type RawOptions, raw } from "./notifications/raw.ts";
export { type SafariWebsiteOptions, safariWebsite } from "./notifications/safari-website.ts";
export type { CriticalSound } from "./notifications/sound.ts";
export { type VoipOptions, voip } from "./notifications/voip.ts";
export { type WalletPassOptions, walletPass } from "./notifications/wallet-pass.ts";
export { type WidgetsOptions, widgets } from "./notifications/widgets.ts";
export type {
  AcceptedOutcome,
  Outcome,
  OutcomeError,
  RejectedOutcome,
  UnknownOutcome,
  UnsentOutcome,
} from "./outcome.ts";
export {
  type KnownPushType,
  type Priority,
  PUSH_TYPES,
  type PushType,
  type PushTypeRule,
} from "./push-types.ts";
export { type Advice, REASONS, type ReasonInfo, type RequestFamily, reasonInfo } from "./reasons.ts";
export { Rejected } from "./rejected.ts";
export { retryablePairs } from "./retryable-pairs.ts";
export { OutcomeSummary, type SummaryCounts, summarise } from "./summary.ts";
