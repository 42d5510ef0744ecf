import type { Limits } from "@apnskit/http2";
import type { Clock } from "./clock.ts";
import type { GuardedLogger } from "./logger.ts";
import type { Origin } from "./origin.ts";

/** What a transport keeps of its dialer's options. */
export interface TransportSetup {
  /** Where it leads to. */
  readonly origin: Origin;
  /** What its timers run on. */
  readonly clock: Clock;
  /** Gets the life-cycle at `info`. */
  readonly logger: GuardedLogger;
  /** Bounds on what the server can make this end keep or do. */
  readonly limits: Limits;
  /** Milliseconds of silence before a sign of life is asked for; `Infinity`: never. */
  readonly pingInterval: number;
  /** Milliseconds that the sign of life may take. */
  readonly pingTimeout: number;
  /** True: it does not keep the process alive while it is idle. */
  readonly unref: boolean;
}
