import { type Clock, systemClock } from "@apnskit/connection";

/**
 * The machine's clocks, except that they can jump: so it looks to a process that was suspended. Its timers are as late
 * as after a suspension: each fires after the jump, when its own time has passed on the machine.
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

  /** So many milliseconds have passed, and nobody was there. */
  jump(ms: number): void {
    this.#offset += ms;
  }
}
