/** A timer that {@link Clock.setTimer} started. */
export interface ClockTimer {
  cancel(): void;
  /** Lets the timer keep the process alive (the default). */
  ref(): void;
  /** Lets the process exit although the timer has not fired. */
  unref(): void;
}

/** Where this package gets time from. Pass another one to test what depends on time without waiting for it. */
export interface Clock {
  /** Milliseconds that only ever grow, from an arbitrary start: for ages and intervals. */
  now(): number;
  /** Milliseconds since 1970-01-01 UTC by the wall clock, which may jump: for dates that others read. */
  epoch(): number;
  /** Calls back once, after `ms` milliseconds (0 … 2³¹ − 1). */
  setTimer(callback: () => void, ms: number): ClockTimer;
}

/** The time of this process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  setTimer(callback, ms) {
    const timer = setTimeout(callback, ms);
    return {
      cancel: () => clearTimeout(timer),
      ref: () => void timer.ref(),
      unref: () => void timer.unref(),
    };
  },
};
