/**
 * - `connecting` – until the server's first SETTINGS frame; only the code that opens the connection sees this state
 * - `active` – takes requests
 * - `draining` – takes no more requests, those in flight may finish: after GOAWAY, after `close({ drain })`, out of stream ids
 * - `closed` – nothing is in flight
 */
export type ConnectionState = "connecting" | "active" | "draining" | "closed";

/** What a connection tells its listeners, with the arguments of each event. */
export interface ConnectionEvents {
  /** Requests are taken again after `post` threw {@link Blocked} or `capacity` was read as 0. */
  capacity: [];
  /** The connection takes no more requests; the reason as in {@link Closed}. */
  draining: [reason: string];
  /** The connection is over and everything in flight has been settled. It may come without `draining` before it. */
  closed: [reason: string];
}

/** The figures of a connection at one moment. */
export interface ConnectionStats {
  /** Where the connection is in its life. */
  readonly state: ConnectionState;
  /** Requests that wait for their answer. */
  readonly inflight: number;
  /** Requests that would be taken now. */
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

/** How patiently a connection or pool is closed. */
export interface CloseOptions {
  /** Milliseconds that requests in flight get to finish. Default 0; `Infinity` for no limit. */
  drain?: number | undefined;
}
