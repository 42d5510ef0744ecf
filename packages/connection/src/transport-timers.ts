import type { Clock, Timer } from "./clock.ts";

/**
 * The timers of a transport. {@link Keepalive} has the third one, for silence and for the answer to a PING.
 */
export type TransportTimer =
  /** How long requests in flight may take to finish, after `close({ drain })`. */
  | "drain"
  /** How long the socket may take to send the last bytes before it is cut. */
  | "linger";

/** Milliseconds that a socket gets to send the last bytes. */
export const LINGER = 1_000;

/** At most one timer of each name. */
export class TransportTimers {
  readonly #clock: Clock;
  readonly #timers: Record<TransportTimer, Timer | undefined> = { drain: undefined, linger: undefined };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Replaces the timer of this name. @param delay milliseconds; `Infinity`: never */
  set(name: TransportTimer, delay: number, callback: () => void): Timer | undefined {
    this.cancel(name);
    if (delay === Number.POSITIVE_INFINITY) return undefined;
    const timer = this.#clock.setTimer(callback, delay);
    this.#timers[name] = timer;
    return timer;
  }

  cancel(name: TransportTimer): void {
    this.#timers[name]?.cancel();
    this.#timers[name] = undefined;
  }
}
