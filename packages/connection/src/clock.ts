import { host } from "./host.ts";

/** A timer that was set with {@link Clock.setTimer}. */
export interface Timer {
  /** The callback is not called from now on. */
  cancel(): void;
  /** The process stays alive for this timer; so it is from the start. */
  ref(): void;
  /** The process need not stay alive for this timer. */
  unref(): void;
}

/** Time as the engine sees it; all durations and instants are in milliseconds. Replaced in tests. */
export interface Clock {
  /** Monotonic time, from an arbitrary origin. Never jumps. */
  now(): number;
  /** Wall-clock time since 1970, for instants that come from outside, such as `apns-expiration`. */
  epoch(): number;
  /** Calls back once, `delay` from now. */
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
