import type { Task } from "../messages.ts";

export type QueuedRequest = { type: "measure"; task: Task; count: number };

export interface QueuedResult {
  count: number;
  /** Bytes of one `Request` before it is posted, its path included. All requests share headers and body. */
  requestBytes: number;
  /**
   * Bytes of one request that waits in the pool: `requestBytes`, its place in the queue, its deadline, its
   * promise and one handler.
   */
  queuedBytes: number;
  /** Resident set with all requests queued, bytes. */
  resident: number;
  /** Promises that settled when the pool closed. Fewer than all means that the pool lost requests. */
  settled: number;
}

export type QueuedReply = ({ type: "measured" } & QueuedResult) | { type: "failed"; message: string };

export type StreamingRequest = { type: "stream"; task: Task; count: number; sampleInterval: number };

/** Memory at one moment of a run. */
export interface MemorySample {
  /** Since the start of the run. */
  seconds: number;
  /** Notifications answered so far. */
  done: number;
  /** Resident set, bytes. */
  resident: number;
  /** JavaScript heap in use, bytes, garbage included. */
  heap: number;
}

export interface StreamingResult {
  count: number;
  accepted: number;
  failures: Record<string, number>;
  seconds: number;
  samples: MemorySample[];
}

export type StreamingReply = ({ type: "streamed" } & StreamingResult) | { type: "failed"; message: string };
