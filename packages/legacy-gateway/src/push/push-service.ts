import type { GuardedLogger } from "@apnskit/connection/internal";
import type { Clock } from "apnskit";
import type { App } from "../apps/app.ts";
import type { UnreadConnections } from "../listeners/unread-connections.ts";
import type { AppCounts } from "../report/app-counts.ts";
import type { ClientCensus } from "../report/client-census.ts";
import type { Overlaps } from "./overlaps.ts";
import type { Repetitions } from "./repetitions.ts";
import type { Translation } from "./translation.ts";
import type { Upstream } from "./upstream.ts";

/** What the push connections of one app share. */
export interface PushService {
  readonly app: App;
  readonly upstream: Upstream;
  readonly translation: Translation;
  readonly repetitions: Repetitions;
  readonly overlaps: Overlaps;
  /** Those that have sent too much. */
  readonly unread: UnreadConnections;
  readonly counts: AppCounts;
  readonly census: ClientCensus;
  readonly clock: Clock;
  readonly logger: GuardedLogger;
  readonly limits: ConnectionLimits;
}

/** Bounds of each push connection. */
export interface ConnectionLimits {
  /** Notifications that may be behind the first one without an answer. */
  readonly window: number;
  /** Bytes that are read ahead of what may be taken. */
  readonly readAhead: number;
  /** Bytes of the longest payload. */
  readonly payloadLimit: number;
  /** Milliseconds that a client may take for one frame, from its first byte. */
  readonly frameTimeout: number;
  /** Milliseconds that a client has to read the error packet and close. */
  readonly lingerTimeout: number;
  /** Whether the last notifications of a reset connection are absorbed if they come again. */
  readonly absorbAfterReset: boolean;
}
