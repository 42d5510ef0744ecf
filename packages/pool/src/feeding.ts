import { integer } from "@apnskit/connection/internal";

/** What feeding needs to know of a pool. */
export interface Feedable {
  /** Connections that are wanted. */
  readonly size: number;
  /** Requests that wait for their answer. */
  readonly inflight: number;
}

/** Requests for each connection that may be under way or wait to be read. */
const FOR_EACH_CONNECTION = 2_000;

/** The `concurrency` option. @throws InvalidOption */
export function concurrencyOf(pool: Feedable, given: unknown): number {
  return integer("concurrency", given, pool.size * FOR_EACH_CONNECTION, 1, Number.MAX_SAFE_INTEGER);
}

/**
 * How many requests of one source may be under way: one waits in the queue for each that waits for its answer. A stream
 * that becomes free finds its next request at once, and a request waits about as long as one answer takes: the time
 * limits of a source that is pulled further ahead would pass in the queue.
 */
export function underWayLimitOf(pool: Feedable): () => number {
  return () => Math.max(1, 2 * pool.inflight);
}
