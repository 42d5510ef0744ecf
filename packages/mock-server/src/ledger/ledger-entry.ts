/** Which of APNs's services a request was for. */
export type RequestKind = "push" | "broadcast" | "channel";

/** One request, as the server saw it. */
export interface LedgerEntry {
  /** Counts up from 1 over all requests. */
  readonly id: number;
  /** The service that it was for. */
  readonly kind: RequestKind;
  /** Counts up from 1 over all connections. */
  readonly connection: number;
  /** HTTP/2 stream id. */
  readonly stream: number;
  /** `:method` as sent. */
  readonly method: string;
  /** `:path` as sent. */
  readonly path: string;
  /** Device token of the path; "" for other kinds. */
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
  /** Whether the request had its effect: here the notification would have gone out. */
  acted: boolean;
  /** Status of the answer; undefined while there is none, and for good if it never got one. */
  status: number | undefined;
  /** Why it was refused, as the answer spells it; undefined if it was not. */
  reason: string | undefined;
  /** Kind of the fault that hit it. */
  fault: string | undefined;
}
