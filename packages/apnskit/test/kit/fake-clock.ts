import type { Clock, ClockTimer } from "../../src/clock.ts";

/** A clock that stands still until it is told otherwise; the wall clock can be set apart from the monotonic one. */
export class FakeClock implements Clock {
  readonly timers = new Set<ClockTimer & { due: number; held: boolean; fire(): void }>();
  #now = 1_000;
  #epoch: number;

  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  epoch(): number {
    return this.#epoch;
  }

  setWallClock(epoch: number): void {
    this.#epoch = epoch;
  }

  setTimer(callback: () => void, ms: number): ClockTimer {
    if (!(ms >= 0 && ms < 2 ** 31)) throw new RangeError(`timer of ${ms} ms`);
    const timer = {
      due: this.#now + ms,
      held: true,
      fire: () => {
        this.timers.delete(timer);
        callback();
      },
      cancel: () => void this.timers.delete(timer),
      ref: () => {
        timer.held = true;
      },
      unref: () => {
        timer.held = false;
      },
    };
    this.timers.add(timer);
    return timer;
  }

  /** Lets time pass on both clocks, firing what comes due in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.timers].filter((timer) => timer.due <= end).sort((a, b) => a.due - b.due)[0];
      const to = next === undefined ? end : Math.max(next.due, this.#now);
      this.#epoch += to - this.#now;
      this.#now = to;
      if (next === undefined) return;
      next.fire();
    }
  }
}

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
