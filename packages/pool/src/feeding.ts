import { integer } from "@apnskit/connection/internal";

/** The figures of a pool that feeding needs. */
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
 * How many requests of one source may be under way: for each one in flight, another waits in the queue. So a
 * free stream finds its next request at once, and a request waits about as long as one answer takes. If the
 * source were pulled further ahead, time limits would pass in the queue.
 */
export function underWayLimitOf(pool: Feedable): () => number {
  return () => Math.max(1, 2 * pool.inflight);
}
