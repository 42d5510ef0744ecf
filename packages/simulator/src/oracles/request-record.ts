/** How a request ended, as its caller was told. */
export type End =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly reason: string | undefined;
      /** As the caller was told: an earlier attempt may have been acted on. */
      readonly maybeDelivered: boolean;
    }
  | {
      readonly kind: "unsent" | "unknown";
      /** `ERR_APNS_…`. */
      readonly code: string;
      /** The reason of a `Closed`, or the HTTP/2 error code of a reset. */
      readonly detail: string;
    };

/** A request, as its caller knows it. Times are the process's monotonic milliseconds. */
export interface RequestRecord {
  readonly key: string;
  readonly actor: ActorView;
  readonly idempotent: boolean;
  readonly postedAt: number;
  readonly deadline: number;
  /** When its signal fired, if it did. */
  abortedAt: number | undefined;
  /** Its reader has left: its end is not told. */
  abandoned: boolean;
  end: End | undefined;
  settledAt: number | undefined;
}

/** An oracle's view of a caller. */
export interface ActorView {
  readonly name: string;
  /** It takes requests: it was not closed, and APNs has not refused its credentials. */
  readonly isOpen: boolean;
  readonly maxQueue: number;
}

/** An end in a few words. */
export function describeEnd(end: End): string {
  if (end.kind !== "answer") return `${end.kind} (${end.code} ${end.detail})`.replace(" )", ")");
  const maybe = end.maybeDelivered ? ", may have been delivered" : "";
  return `answer ${end.status} ${end.reason ?? ""}`.trim() + maybe;
}
