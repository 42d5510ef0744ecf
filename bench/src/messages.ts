import type { WorkloadOptions } from "./workload.ts";

/** What a contender is to do, and against whom. */
export interface Task extends WorkloadOptions {
  /** `https://localhost:<port>` */
  origin: string;
  /** Authority of the server's certificate, PEM. */
  ca: string;
  connections: number;
  /** Requests in flight on each connection. */
  streams: number;
}

/**
 * `closed`: that many in flight, the next one sent as soon as one is answered. `open`: sent at fixed moments, whatever
 * has been answered by then, and timed from these moments, so that a stall counts for every notification that it held up.
 */
export type Load =
  | { kind: "closed"; count: number; inflight: number; latency?: boolean }
  | { kind: "open"; count: number; ratePerSecond: number };

/** Milliseconds. */
export interface Latency {
  mean: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

export interface LoadResult {
  count: number;
  /** Answered with 200. */
  accepted: number;
  /** Everything else, counted by status or error code. */
  failures: Record<string, number>;
  /** From the first call to the last answer. */
  seconds: number;
  /** User and system time of the whole process in that span. */
  cpuSeconds: number;
  /** Largest resident set of the process up to the end of the load, bytes; null where it cannot be told. */
  peakMemory: number | null;
  /** 99th percentile of how late the event loop's timers were, ms; null for programs that have no such loop. */
  eventLoopDelay: number | null;
  latency: Latency | null;
}

export type ContenderRequest =
  | { type: "open"; task: Task }
  | { type: "load"; load: Load }
  | { type: "close" };

export type ContenderReply =
  | { type: "opened" }
  | ({ type: "loaded" } & LoadResult)
  | { type: "closed" }
  | { type: "failed"; message: string };
