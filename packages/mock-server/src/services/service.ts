import type { IncomingHttpHeaders } from "node:http2";
import type { ConnectionCredentials } from "../credentials/connection-credentials.ts";
import type { RequestKind } from "../ledger/ledger-entry.ts";
import type { Answer } from "./answer.ts";

/** A request that has arrived whole. */
export interface ApnsRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders & Readonly<Record<string, string | undefined>>;
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
  /** Length of the body. */
  readonly bytes: number;
  /** The body as text; cut short if it is far over every limit. */
  text(): string;
}

/** What a service decided. */
export interface Decision {
  readonly answer: Answer;
  /** Whether the credentials were good, whatever else was not. */
  readonly authorized: boolean;
  /** The topic, if it is another one than the header says. */
  readonly topic?: string;
}

/** One of the services behind APNs's ports. It decides, and does no I/O. */
export interface Service {
  readonly kind: RequestKind;
  /** The header in which requests are identified. */
  readonly idHeader: "apns-id" | "apns-request-id";
  /** Whether an acceptance carries `apns-unique-id`. */
  readonly givesUniqueId: boolean;
  /** What the ledger and the faults go by. */
  identify(request: Pick<ApnsRequest, "path" | "headers">): { token: string; topic: string | undefined };
  /** @param now milliseconds since the epoch */
  decide(request: ApnsRequest, credentials: ConnectionCredentials, now: number): Decision;
}
