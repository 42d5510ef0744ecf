import type { Clock, Timer } from "@apnskit/connection";
import { type BackoffOptions, backoffDelay } from "./backoff.ts";

/** Settings and callbacks of the backoff between connections. */
export interface ReconnectBackoffSetup {
  readonly clock: Clock;
  readonly backoff: BackoffOptions;
  readonly random: () => number;
  /** True: the timer keeps the process alive only while requests wait. */
  readonly unref: boolean;
  /** Connections may be opened again. */
  onOver(): void;
}

/**
 * Holds connections back after failed attempts, longer each time, since Apple takes rapid opening and closing
 * for an attack ("Establishing a connection to APNs").
 */
export class ReconnectBackoff {
  readonly #setup: ReconnectBackoffSetup;
  #failures = 0;
  #timer: Timer | undefined;
  /** True after a replacement that was opened at once, until a connection proves itself. */
  #replacedAtOnce = false;
  #needed = false;

  constructor(setup: ReconnectBackoffSetup) {
    this.#setup = setup;
  }

  /** Failed attempts in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** True while no connection may be opened. */
  get holding(): boolean {
    return this.#timer !== undefined;
  }

  /** An attempt failed: the next one waits. */
  failed(): void {
    if (this.#timer !== undefined) return;
    this.#failures++;
    const { clock, backoff, random } = this.#setup;
    this.#timer = clock.setTimer(
      () => {
        this.#timer = undefined;
        this.#setup.onOver();
      },
      backoffDelay(backoff, this.#failures, random()),
    );
    this.#holdProcess();
  }

  /**
   * A connection that did some work, but has not proven itself, has to be replaced. The first replacement is
   * immediate. Further ones come after the shortest wait, until a connection proves itself. The wait does not
   * grow, since each of these connections has moved requests on.
   */
  replaced(): void {
    this.#failures = 0;
    if (this.#replacedAtOnce) this.failed();
    else this.#replacedAtOnce = true;
  }

  /** A connection has proven itself: the next one need not wait. */
  proven(): void {
    this.#failures = 0;
    this.#replacedAtOnce = false;
    this.stop();
  }

  /** Tells whether requests wait. */
  setNeeded(needed: boolean): void {
    this.#needed = needed;
    this.#holdProcess();
  }

  /** Ends the wait without calling `onOver`. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #holdProcess(): void {
    if (!this.#setup.unref) return;
    if (this.#needed) this.#timer?.ref();
    else this.#timer?.unref();
  }
}
