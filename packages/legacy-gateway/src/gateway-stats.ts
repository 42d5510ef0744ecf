import type { FeedbackCounts } from "./feedback/feedback-store.ts";
import type { AppCounts } from "./report/app-counts.ts";

/** The figures of one app. */
export interface AppStats extends AppCounts {
  readonly app: string;
  /** Notifications without an answer now. */
  readonly underWay: number;
  /** Notifications whose repetition is waited for now. */
  readonly absorbable: number;
  /** Such notifications that made room for others before their time. */
  readonly displaced: number;
  readonly feedback: FeedbackCounts;
}

/** The figures of a gateway at one moment. */
export interface GatewayStats {
  /** Open connections for pushes. */
  readonly pushConnections: number;
  /** Open connections for feedback. */
  readonly feedbackConnections: number;
  /** Connections that were closed because the client may speak for no app, or for several. */
  readonly refusedClients: number;
  /** Connections that ended before TLS was established. */
  readonly failedHandshakes: number;
  /** Connections that were turned away because there were too many. */
  readonly droppedConnections: number;
  /** In the order of the options. */
  readonly apps: readonly AppStats[];
}
