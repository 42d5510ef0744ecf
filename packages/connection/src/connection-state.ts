/**
 * - `connecting` – until the server's first SETTINGS frame; only the code that opens the connection sees this state
 * - `active` – takes requests
 * - `draining` – takes no more requests; requests in flight may finish. After GOAWAY or `close({ drain })`,
 *   or when stream ids run out
 * - `closed` – nothing is in flight
 */
export type ConnectionState = "connecting" | "active" | "draining" | "closed";

/** The events of a connection, with their arguments. */
export interface ConnectionEvents {
  /** The connection takes requests again, after `post` threw {@link Blocked} or `capacity` was read as 0. */
  capacity: [];
  /** The connection takes no more requests; the reason as in {@link Closed}. */
  draining: [reason: string];
  /**
   * The connection has ended and every request in flight is settled. May come without an earlier `draining`.
   */
  closed: [reason: string];
}

/** The figures of a connection at one moment. */
export interface ConnectionStats {
  /** The state of the connection. */
  readonly state: ConnectionState;
  /** Requests that wait for their answer. */
  readonly inflight: number;
  /** Requests that the connection would take now. */
  readonly capacity: number;
  /** Bytes of request bodies that wait for flow-control window. */
  readonly buffered: number;
  /** Bytes that wait for the socket. */
  readonly pending: number;
  /** True when `post` would throw {@link Blocked} or {@link Closed}. */
  readonly blocked: boolean;
  /** Requests answered since the connection was opened. */
  readonly answered: number;
}

/** How long closing a connection or pool may take. */
export interface CloseOptions {
  /** Milliseconds that requests in flight get to finish. Default 0; `Infinity` for no limit. */
  drain?: number | undefined;
}
