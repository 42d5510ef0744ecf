import { type Clock, systemClock, type Timer } from "./clock.ts";
import { InvalidOption } from "./errors.ts";
import { uncaught } from "./uncaught.ts";

const methods = ["now", "epoch", "setTimer"] as const;

/**
 * The engine's view of the `clock` option: its methods never throw, and always return a time or a timer. The first error of
 * the given clock becomes an uncaught exception; from then on the last good time counts, and timers are Node's.
 *
 * @throws {@link InvalidOption} for a value that lacks one of the methods
 */
export function guardClock(clock: unknown): Clock {
  if (clock === undefined || clock === systemClock) return systemClock;
  if (clock instanceof GuardedClock) return clock;
  const given = typeof clock === "object" ? (clock as Partial<Clock> | null) : null;
  const missing = methods.filter((name) => typeof given?.[name] !== "function");
  if (missing.length === 0) return new GuardedClock(given as Clock);
  throw new InvalidOption(
    "clock",
    `clock needs the methods now, epoch and setTimer; missing: ${missing.join(", ")}`,
  );
}

class GuardedClock implements Clock {
  readonly #clock: Clock;
  #now = 0;
  #epoch = 0;
  #reported = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    try {
      this.#now = finite(this.#clock.now());
    } catch (error) {
      this.#report(error);
    }
    return this.#now;
  }

  epoch(): number {
    try {
      this.#epoch = finite(this.#clock.epoch());
    } catch (error) {
      this.#report(error);
    }
    return this.#epoch;
  }

  setTimer(callback: () => void, delay: number): Timer {
    try {
      const timer = this.#clock.setTimer(callback, delay);
      if (typeof timer?.cancel === "function") return timer;
      throw new InvalidOption("clock", "clock.setTimer must return a timer with cancel, ref and unref");
    } catch (error) {
      this.#report(error);
      return systemClock.setTimer(callback, delay);
    }
  }

  #report(error: unknown): void {
    if (this.#reported) return;
    this.#reported = true;
    uncaught(error);
  }
}

function finite(time: number): number {
  if (Number.isFinite(time)) return time;
  throw new InvalidOption("clock", "clock.now and clock.epoch must return milliseconds");
}
