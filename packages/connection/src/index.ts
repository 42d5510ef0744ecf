export { ApnskitError } from "@apnskit/http2";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { Connection, type PostOptions } from "./connection.ts";
export type {
  CloseOptions,
  ConnectionEvents,
  ConnectionState,
  ConnectionStats,
} from "./connection-state.ts";
export type { ConnectionOptions } from "./dialer.ts";
export {
  Aborted,
  Blocked,
  Closed,
  ConnectFailed,
  type ConnectFailure,
  type DeadlineSource,
  type Delivery,
  FormatError,
  InvalidOption,
  InvalidRequest,
  PushError,
  ResponseTooLarge,
  StreamReset,
  Timeout,
} from "./errors.ts";
export type { Logger, LogMethod } from "./logger.ts";
export type { Connect } from "./raw-stream.ts";
export { DEFAULT_TIMEOUT, Request, type RequestOptions } from "./request.ts";
export { type HeadersInit, RequestHeaders } from "./request-headers.ts";
export { Response } from "./response.ts";
export type { TlsOptions } from "./tls-options.ts";
