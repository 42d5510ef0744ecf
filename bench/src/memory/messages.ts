import type { Task } from "../messages.ts";

export type QueuedRequest = { type: "measure"; task: Task; count: number };

export interface QueuedResult {
  count: number;
  /** Bytes of one `Request` that shares headers and body with the others, its path included, before it is posted. */
  requestBytes: number;
  /** Bytes of one request that waits in the pool: the above, its place in the queue, its deadline, its promise and one handler. */
  queuedBytes: number;
  /** Resident set with all of them queued, bytes. */
  resident: number;
  /** Promises that were settled when the pool was closed; all, or something was lost. */
  settled: number;
}

export type QueuedReply = ({ type: "measured" } & QueuedResult) | { type: "failed"; message: string };

export type StreamingRequest = { type: "stream"; task: Task; count: number; sampleInterval: number };

/** Memory at one moment of a run. */
export interface MemorySample {
  /** Since the start of the run. */
  seconds: number;
  /** Notifications answered by then. */
  done: number;
  /** Bytes. */
  resident: number;
  /** Bytes of JavaScript objects, garbage included. */
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
