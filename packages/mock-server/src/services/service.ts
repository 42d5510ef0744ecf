import type { IncomingHttpHeaders } from "node:http2";
import type { ConnectionCredentials } from "../credentials/connection-credentials.ts";
import type { RequestKind } from "../ledger/ledger-entry.ts";
import type { Answer } from "./answer.ts";

/** A request that has arrived completely. */
export interface ApnsRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders & Readonly<Record<string, string | undefined>>;
  /** Alternating names and values, as received. */
  readonly rawHeaders: readonly string[];
  /** Length of the body. */
  readonly bytes: number;
  /** The body as text; cut if it is far over every limit. */
  text(): string;
}

/** The decision of a service. */
export interface Decision {
  readonly answer: Answer;
  /** Whether the credentials were valid, whatever else was wrong. */
  readonly authorized: boolean;
  /** The topic, if it differs from the header's. */
  readonly topic?: string;
}

/** One of the services behind the APNs ports. It decides, and does no I/O. */
export interface Service {
  readonly kind: RequestKind;
  /** The header with the id of a request. */
  readonly idHeader: "apns-id" | "apns-request-id";
  /** Whether an acceptance carries `apns-unique-id`. */
  readonly givesUniqueId: boolean;
  /** The data for the ledger and the faults. */
  identify(request: Pick<ApnsRequest, "path" | "headers">): { token: string; topic: string | undefined };
  /** @param now milliseconds since the epoch */
  decide(request: ApnsRequest, credentials: ConnectionCredentials, now: number): Decision;
}
