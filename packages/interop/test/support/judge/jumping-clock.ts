import { type Clock, systemClock } from "@apnskit/connection";

/**
 * The machine's clocks, except that they can jump, as they do for a suspended process. Timers are late as
 * after a suspension: each timer fires when its time has passed on the machine, after the jump.
 */
export class JumpingClock implements Clock {
  #offset = 0;

  now(): number {
    return systemClock.now() + this.#offset;
  }

  epoch(): number {
    return systemClock.epoch() + this.#offset;
  }

  setTimer(callback: () => void, delay: number) {
    return systemClock.setTimer(callback, delay);
  }

  /** Lets `ms` milliseconds pass as if the process had been suspended. */
  jump(ms: number): void {
    this.#offset += ms;
  }
}
