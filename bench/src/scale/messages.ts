import type { Task } from "../messages.ts";

/** Many apps in one process, each with a key and a connection. The apps send their bursts in turn. */
export interface AppsRequest {
  type: "measure";
  task: Task;
  apps: number;
  /** Notifications in all. */
  count: number;
  /** Notifications per burst: as many as may be in flight on a connection. */
  burst: number;
  /** Apps that send at the same time. */
  senders: number;
}

export interface AppsResult {
  apps: number;
  count: number;
  accepted: number;
  seconds: number;
  /** User and system time of the process during the sending. */
  cpuSeconds: number;
  /** Resident set per idle app with an open connection, bytes. */
  openBytes: number;
  /** Heap per app after its unused connection closed, bytes. */
  closedBytes: number;
}

export type AppsReply = ({ type: "measured" } & AppsResult) | { type: "failed"; message: string };
