import type { WorkloadOptions } from "./workload.ts";

/** The task of a contender, and its server. */
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
 * `closed`: a constant number in flight; each answer lets the next notification go. `open`: notifications go
 * at fixed moments, regardless of answers. Their times count from these moments, so a stall counts for every
 * notification that it delays.
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
  /** Peak resident set of the process up to the end of the load, bytes. Null if unknown. */
  peakMemory: number | null;
  /** 99th percentile of the event loop's delay, ms. Null for programs without an event loop. */
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
