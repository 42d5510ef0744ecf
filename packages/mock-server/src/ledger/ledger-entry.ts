/** The APNs service of a request. */
export type RequestKind = "push" | "broadcast" | "channel";

/** One request, as the server saw it. */
export interface LedgerEntry {
  /** Counts up from 1 over all requests. */
  readonly id: number;
  /** The service of the request. */
  readonly kind: RequestKind;
  /** Counts up from 1 over all connections. */
  readonly connection: number;
  /** HTTP/2 stream id. */
  readonly stream: number;
  /** `:method` as sent. */
  readonly method: string;
  /** `:path` as sent. */
  readonly path: string;
  /** Device token in the path; "" for other kinds. */
  readonly token: string;
  /** As sent, or the default of a single-topic certificate; for broadcasts and channels the bundle id. */
  topic: string | undefined;
  /** `apns-push-type` as sent. */
  readonly pushType: string | undefined;
  /** `apns-priority` as sent. */
  readonly priority: string | undefined;
  /** `apns-expiration` as sent: seconds since the epoch. */
  readonly expiration: string | undefined;
  /** `apns-collapse-id` as sent. */
  readonly collapseId: string | undefined;
  /** The `apns-id` (for broadcasts and channels `apns-request-id`) as sent, or the one made for the answer. */
  readonly apnsId: string;
  /** Length of the body. */
  readonly bytes: number;
  /** The body as text; undefined if payloads are not kept. */
  readonly payload: string | undefined;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
  /** Milliseconds since the epoch; undefined while the request waits for its answer. */
  settledAt: number | undefined;
  /** Whether the request had its effect: APNs would have sent the notification. */
  acted: boolean;
  /** Status of the answer; undefined until there is one, and permanently if there never was. */
  status: number | undefined;
  /** The reason for the refusal, as the answer spells it; undefined if it was not refused. */
  reason: string | undefined;
  /** Kind of the fault that hit the request. */
  fault: string | undefined;
}
