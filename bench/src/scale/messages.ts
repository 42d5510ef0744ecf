import type { Task } from "../messages.ts";

/** Many apps in one process, a key each, a connection each. Each sends a burst when it is its turn. */
export interface AppsRequest {
  type: "measure";
  task: Task;
  apps: number;
  /** Notifications in all. */
  count: number;
  /** Notifications of one burst: as many as are in flight on a connection. */
  burst: number;
  /** Apps that send at the same time. */
  senders: number;
}

export interface AppsResult {
  apps: number;
  count: number;
  accepted: number;
  seconds: number;
  /** User and system time of the process while it sent. */
  cpuSeconds: number;
  /** Bytes of the resident set of one app that has its connection open and nothing to send. */
  openBytes: number;
  /** Bytes of the heap of one app whose connection was closed since no client used it. */
  closedBytes: number;
}

export type AppsReply = ({ type: "measured" } & AppsResult) | { type: "failed"; message: string };
