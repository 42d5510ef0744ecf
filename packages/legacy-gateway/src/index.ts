export type { GatewayApp } from "./apps/app.ts";
export {
  ERROR_PACKET_LENGTH,
  type ErrorPacket,
  ErrorPacketDecoder,
  encodeErrorPacket,
} from "./codec/error-packet.ts";
export { encodeFeedbackTuple, FeedbackDecoder, type FeedbackTuple } from "./codec/feedback-tuple.ts";
export type { Command, Frame, LegacyNotification, MalformedFrame } from "./codec/frames.ts";
export { NotificationDecoder } from "./codec/notification-decoder.ts";
export { encodeNotification, type LegacyNotificationInit } from "./codec/notification-encoder.ts";
export { Status, statusName } from "./codec/status.ts";
export { GatewayListenFailed, GatewayStateFailed } from "./errors.ts";
export type { FeedbackCounts } from "./feedback/feedback-store.ts";
export { type GatewayCloseOptions, LegacyGateway } from "./gateway.ts";
export type { AppStats, GatewayStats } from "./gateway-stats.ts";
export type { LegacyService, ListenerAddress } from "./listeners/listener.ts";
export type { GatewayTlsOptions } from "./listeners/tls-options.ts";
export type { LegacyGatewayOptions, ListenerOptions } from "./options.ts";
export type { AppCounts } from "./report/app-counts.ts";
export type { ClientIdentity, ClientRecord } from "./report/client-census.ts";
