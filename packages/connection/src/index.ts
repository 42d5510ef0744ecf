export { type Abortable, unwatchAbort, watchAbort } from "./abort-group.ts";
export {
  Channel,
  type CloseOptions,
  type ConnectionEvents,
  type ConnectionSetup,
  type ConnectionState,
  type ConnectionStats,
} from "./channel.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { Connection, type PostOptions } from "./connection.ts";
export type { Connect } from "./connector.ts";
export { deadlineOf, deadlineSource } from "./deadline-of.ts";
export { Deadlines, type Expiring } from "./deadlines.ts";
export { type ConnectionOptions, connectionOptionNames, Dialer } from "./dialer.ts";
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
export type { Exchange, ExchangeHandler } from "./exchange.ts";
export { duration, integer, rejectUnknown } from "./options.ts";
export { type Origin, parseOrigin } from "./origin.ts";
export { DEFAULT_TIMEOUT, Request, type RequestOptions } from "./request.ts";
export { type HeadersInit, RequestHeaders } from "./request-headers.ts";
export { Response } from "./response.ts";
export type { TlsOptions } from "./tls-options.ts";
