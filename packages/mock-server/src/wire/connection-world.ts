import type { Delays } from "../faults/delays.ts";
import type { Faults } from "../faults/faults.ts";
import type { Random } from "../faults/random.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Spelling } from "../services/reasons.ts";
import type { RequestStream } from "./request-stream.ts";
import type { StreamLimits } from "./stream-limit.ts";

/** The behaviour of connections, whatever is sent on them. */
export interface ConnectionBehaviour extends StreamLimits {
  /** Whether an expired token also resets the other open streams. */
  readonly resetsOnExpiredToken: boolean;
  /** Whether `BadCertificate` and `BadCertificateEnvironment` also come as a GOAWAY, after the answer. */
  readonly goawayOnBadCertificate: boolean;
  /** Milliseconds without a request after which the connection ends; Infinity: never. */
  readonly idleTimeout: number;
  /** Errors after which the connection ends; Infinity: never. */
  readonly errorBudget: number;
  readonly spelling: Spelling;
  /** Whether an id is echoed in capitals. */
  readonly upperCaseEcho: boolean;
}

/** The parts of a server that its connections share. */
export interface ConnectionWorld {
  readonly behaviour: ConnectionBehaviour;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly delays: Delays<RequestStream>;
  readonly latency: () => number;
  readonly random: Random;
  readonly now: () => number;
}
