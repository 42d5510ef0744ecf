import { channel } from "node:diagnostics_channel";

export interface ManualTimer {
  cancel(): void;
  ref(): void;
  unref(): void;
}

interface Pending {
  readonly callback: () => void;
  refed: boolean;
}

/** Announces every new clock, so that `leaks.ts` finds the timers that a test left on it. */
export const clockChannel = channel("apnskit.testkit.clock");

// Read at load time, so that a test's fake timers do not stop `settle`.
const { setImmediate } = globalThis;

/**
 * A clock that moves only on request. It has the interface of the clock that connection and pool take, so
 * that hours of keep-alive and backoff pass at once and in a fixed order.
 */
export class ManualClock {
  #now: number;
  #epochOffset: number;
  /**
   * The moments at which timers are due, ascending, and their timers. A set keeps the order in which timers
   * were set.
   */
  readonly #moments: number[] = [];
  readonly #timers = new Map<number, Set<Pending>>();

  /**
   * @param start.now monotonic milliseconds, default 0
   * @param start.epoch wall-clock milliseconds since 1970, default 2026-01-01T00:00:00Z
   */
  constructor(start: { readonly now?: number; readonly epoch?: number } = {}) {
    this.#now = start.now ?? 0;
    this.#epochOffset = (start.epoch ?? Date.UTC(2026, 0, 1)) - this.#now;
    clockChannel.publish(this);
  }

  /** Monotonic milliseconds. */
  now(): number {
    return this.#now;
  }

  /** Wall-clock milliseconds since 1970. */
  epoch(): number {
    return this.#now + this.#epochOffset;
  }

  /** As with Node's timers, a negative delay is 0. A timer of `Infinity` stays pending forever. */
  setTimer(callback: () => void, delay: number): ManualTimer {
    if (Number.isNaN(delay))
      throw new RangeError("a timer's delay must be a number of milliseconds; received NaN");
    const due = this.#now + Math.max(0, delay);
    const timer: Pending = { callback, refed: true };
    this.#timersAt(due).add(timer);
    return {
      cancel: () => {
        const timers = this.#timers.get(due);
        if (timers?.delete(timer) && timers.size === 0) this.#forget(due);
      },
      ref: () => {
        timer.refed = true;
      },
      unref: () => {
        timer.refed = false;
      },
    };
  }

  /** The number of timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#all().length;
  }

  /** The number of pending timers that would keep a process alive. */
  get refed(): number {
    return this.#all().filter((timer) => timer.refed).length;
  }

  /** Remaining milliseconds of each pending timer, the earliest first. */
  get delays(): number[] {
    return this.#moments.flatMap((due) => Array.from(this.#timers.get(due)!, () => due - this.#now));
  }

  /** Moves both clocks and fires the timers that become due on the way, in order, each at its time. */
  advance(ms: number): void {
    const end = this.#endOf(ms);
    while (this.#fireNext(end));
    this.#now = end;
  }

  /** Like `advance`, but lets promises and sockets proceed before the first timer and after each timer. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#endOf(ms);
    await settle();
    while (this.#fireNext(end)) await settle();
    this.#now = end;
    await settle();
  }

  /**
   * Moves to the next timer and fires it and all other timers of that moment. Returns the distance in
   * milliseconds.
   */
  advanceToNext(): number {
    const [due] = this.#moments;
    if (due === undefined) throw new Error("no timer is pending");
    const delay = Math.max(0, due - this.#now);
    this.advance(delay);
    return delay;
  }

  /** Moves the wall clock alone, as an administrator or NTP does. Fires no timers. */
  jumpEpoch(ms: number): void {
    this.#epochOffset += ms;
  }

  #endOf(ms: number): number {
    if (!(ms >= 0 && ms < Infinity))
      throw new RangeError(`a clock moves by 0 or more milliseconds; received ${ms}`);
    return this.#now + ms;
  }

  #fireNext(end: number): boolean {
    const [due] = this.#moments;
    if (due === undefined || due > end) return false;
    const timers = this.#timers.get(due)!;
    const [next] = timers;
    timers.delete(next!);
    if (timers.size === 0) this.#forget(due);
    this.#now = Math.max(this.#now, due);
    next!.callback();
    return true;
  }

  #timersAt(due: number): Set<Pending> {
    const known = this.#timers.get(due);
    if (known) return known;
    const timers = new Set<Pending>();
    this.#timers.set(due, timers);
    this.#moments.splice(this.#moments.findLastIndex((moment) => moment < due) + 1, 0, due);
    return timers;
  }

  #forget(due: number): void {
    this.#timers.delete(due);
    this.#moments.splice(this.#moments.indexOf(due), 1);
  }

  #all(): Pending[] {
    return this.#moments.flatMap((due) => [...this.#timers.get(due)!]);
  }
}

/**
 * Waits for some turns of the event loop. Promises settle, and sockets deliver the data that they have
 * received.
 */
export async function settle(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
