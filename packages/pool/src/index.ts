export {
  Aborted,
  ApnskitError,
  Blocked,
  type Clock,
  Closed,
  type CloseOptions,
  type Connect,
  ConnectFailed,
  type ConnectFailure,
  Connection,
  type ConnectionEvents,
  type ConnectionOptions,
  type ConnectionState,
  type ConnectionStats,
  type DeadlineSource,
  type Delivery,
  FormatError,
  type HeadersInit,
  InvalidOption,
  InvalidRequest,
  type Logger,
  type LogMethod,
  type PostOptions,
  PushError,
  Request,
  RequestHeaders,
  type RequestOptions,
  Response,
  ResponseTooLarge,
  StreamReset,
  systemClock,
  Timeout,
  type Timer,
  type TlsOptions,
} from "@apnskit/connection";
export type { BackoffOptions } from "./backoff.ts";
export { collapseIdFor, withCollapseId } from "./collapse-id.ts";
export type { PoolOptions } from "./options.ts";
export { Pool, type PoolEvents } from "./pool.ts";
export type { LastConnectError, PoolState, PoolStats } from "./pool-stats.ts";
export type { PostAllOptions, PostResult } from "./post-all.ts";
export type { Life, Occasion, Phase, Recipient } from "./recipient.ts";
export type { Advice, RequestDecision } from "./retry-policy.ts";
