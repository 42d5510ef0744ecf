import type { FeedbackCounts } from "./feedback/feedback-store.ts";
import type { AppCounts } from "./report/app-counts.ts";

/** The figures of one app. */
export interface AppStats extends AppCounts {
  readonly app: string;
  /** Notifications without an answer now. */
  readonly underWay: number;
  /** Notifications whose repetition the gateway would absorb now. */
  readonly absorbable: number;
  /** Such notifications that were dropped early to make room for others. */
  readonly displaced: number;
  readonly feedback: FeedbackCounts;
}

/** The figures of a gateway at one moment. */
export interface GatewayStats {
  /** Open connections for pushes. */
  readonly pushConnections: number;
  /** Open connections for feedback. */
  readonly feedbackConnections: number;
  /** Connections that were closed because their client belongs to no app, or to several. */
  readonly refusedClients: number;
  /** Connections that ended before TLS was established. */
  readonly failedHandshakes: number;
  /** Connections that were refused because there were too many. */
  readonly droppedConnections: number;
  /** In the order of the options. */
  readonly apps: readonly AppStats[];
}
