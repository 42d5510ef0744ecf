import type { Fault } from "@apnskit/mock-server";

/**
 * One line of the list of faults: the server's behaviour, the program's notification and the expected result.
 */
export interface FaultCase {
  readonly name: string;
  readonly faults: readonly Fault[];
  /** The credentials of the client. */
  readonly auth: "token" | "certificate";
  /** Makes the notification idempotent. */
  readonly collapseId?: string;
  /** Milliseconds. Default: the client's default. */
  readonly timeout?: number;
  /** Whether the program aborts the send a moment later. */
  readonly abort?: boolean;
  readonly expected: Readonly<Record<string, unknown>>;
  /** The number of notifications that the server acted on. */
  readonly acted: number;
}

const accepted = { accepted: true };
const once = { times: 1 } as const;
const bases = ["ApnskitError", "PushError"];

/** One fault for each part of the engine that handles faults. */
export const FAULT_CASES: readonly FaultCase[] = [
  {
    name: "503, then accepted",
    faults: [{ kind: "answer", reason: "ServiceUnavailable", ...once }],
    auth: "token",
    expected: accepted,
    acted: 1,
  },
  {
    name: "REFUSED_STREAM, then accepted",
    faults: [{ kind: "reset", code: "REFUSED_STREAM", ...once }],
    auth: "token",
    expected: accepted,
    acted: 1,
  },
  {
    name: "GOAWAY, then accepted on another connection",
    faults: [{ kind: "goaway", reason: "Shutdown", lastStreamId: 0, ...once }],
    auth: "token",
    expected: accepted,
    acted: 1,
  },
  {
    name: "ExpiredProviderToken, then accepted with a new token",
    faults: [{ kind: "answer", reason: "ExpiredProviderToken", ...once }],
    auth: "token",
    expected: accepted,
    acted: 1,
  },
  {
    name: "connection lost, an idempotent notification is sent again",
    faults: [{ kind: "drop", ...once }],
    auth: "token",
    collapseId: "one",
    expected: accepted,
    acted: 1,
  },
  {
    name: "connection lost, any other notification ends as unknown",
    faults: [{ kind: "drop", acted: true, ...once }],
    auth: "token",
    expected: { name: "Closed", code: "ERR_APNS_CLOSED", delivery: "unknown", is: [...bases, "Closed"] },
    acted: 1,
  },
  {
    name: "no answer until the time is up",
    faults: [{ kind: "stall" }],
    auth: "token",
    timeout: 1_000,
    expected: { name: "Timeout", code: "ERR_APNS_TIMEOUT", delivery: "unknown", is: [...bases, "Timeout"] },
    acted: 0,
  },
  {
    name: "bad device token",
    faults: [{ kind: "answer", reason: "BadDeviceToken" }],
    auth: "token",
    expected: { name: "Rejected", code: "ERR_APNS_REJECTED", is: ["ApnskitError", "Rejected"] },
    acted: 0,
  },
  {
    name: "aborted while the server is silent",
    faults: [{ kind: "stall" }],
    auth: "token",
    abort: true,
    expected: { name: "AbortError", code: "ERR_APNS_ABORTED", is: [...bases, "Aborted"] },
    acted: 0,
  },
  {
    name: "a client certificate, and a 503",
    faults: [{ kind: "answer", reason: "ServiceUnavailable", ...once }],
    auth: "certificate",
    expected: accepted,
    acted: 1,
  },
  {
    name: "a wrong option",
    faults: [],
    auth: "token",
    timeout: -1,
    expected: {
      name: "InvalidOption",
      code: "ERR_APNS_INVALID_OPTION",
      is: ["ApnskitError", "InvalidOption"],
    },
    acted: 0,
  },
];
