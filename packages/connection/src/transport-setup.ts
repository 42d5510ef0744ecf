import type { Limits } from "@apnskit/http2";
import type { Clock } from "./clock.ts";
import type { GuardedLogger } from "./logger.ts";
import type { Origin } from "./origin.ts";

/** The options of its dialer that a transport keeps. */
export interface TransportSetup {
  /** The origin that it connects to. */
  readonly origin: Origin;
  /** The clock of its timers. */
  readonly clock: Clock;
  /** Gets the life cycle at level `info`. */
  readonly logger: GuardedLogger;
  /** Bounds on what the server can make this end keep or do. */
  readonly limits: Limits;
  /** Milliseconds of silence before a PING is sent; `Infinity`: never. */
  readonly pingInterval: number;
  /** Milliseconds that the answer to a PING may take. */
  readonly pingTimeout: number;
  /** True: an idle connection does not keep the process alive. */
  readonly unref: boolean;
}
