import { host } from "./host.ts";

/** A timer that was set with {@link Clock.setTimer}. */
export interface Timer {
  /** Cancels the callback. */
  cancel(): void;
  /** Lets the timer keep the process alive, as it does from the start. */
  ref(): void;
  /** Lets the process exit before this timer fires. */
  unref(): void;
}

/** Time as the engine sees it; all durations and instants are in milliseconds. Replaced in tests. */
export interface Clock {
  /** Monotonic time, from an arbitrary origin. Never jumps. */
  now(): number;
  /** Wall-clock time since 1970, for instants that come from outside, such as `apns-expiration`. */
  epoch(): number;
  /** Calls `callback` once, `delay` milliseconds from now. */
  setTimer(callback: () => void, delay: number): Timer;
}

/** Node would fire a longer timer at once. */
const LONGEST_DELAY = 0x7fff_ffff;

/** The machine's clocks. */
export const systemClock: Clock = {
  now: host.now,
  epoch: host.epoch,
  setTimer(callback, delay) {
    const timeout = host.setTimeout(callback, Math.min(delay, LONGEST_DELAY));
    return {
      cancel: () => host.clearTimeout(timeout),
      ref: () => timeout.ref(),
      unref: () => timeout.unref(),
    };
  },
};
