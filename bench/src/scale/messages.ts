import type { Task } from "../messages.ts";

/** Many apps in one process, a key each, a connection each; notifications go to the apps in turn. */
export interface AppsRequest {
  type: "measure";
  task: Task;
  apps: number;
  /** Notifications in all. */
  count: number;
  /** In flight at a time, over all apps. */
  inflight: number;
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
