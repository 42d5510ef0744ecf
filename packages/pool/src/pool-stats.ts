import type { ConnectFailure } from "@apnskit/connection";
import type { DispatcherStats } from "./dispatcher.ts";

/**
 * - `open` – takes requests, whether or not there is a connection
 * - `closing` – takes no more requests; some are not settled yet
 * - `closed` – everything is settled and all sockets are closed
 */
export type PoolState = "open" | "closing" | "closed";

/** Why the last attempt to connect failed. Plain JSON. */
export interface LastConnectError {
  /** Why the connection could not be opened. */
  readonly failure: ConnectFailure;
  /** For people. */
  readonly message: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/** The figures of a pool at one moment. Plain JSON. */
export interface PoolStats extends DispatcherStats {
  /** As `Pool.state`. */
  readonly state: PoolState;
  /** Connections that take requests. */
  readonly active: number;
  /** Connections that are being opened. */
  readonly connecting: number;
  /** Connections that take no more requests and finish those in flight. */
  readonly draining: number;
  /** Requests that wait for their answer. */
  readonly inflight: number;
  /** Failed attempts to connect in a row; 0 once a connection has proven itself. */
  readonly connectFailures: number;
  /** Why the last attempt to connect failed; `undefined` while the pool can connect. */
  readonly lastConnectError: LastConnectError | undefined;
}
