/** A push may be ahead of its time by so many milliseconds: timers are no finer. */
const AHEAD = 4;
/** After a pause, at most so many milliseconds' worth are made up for. */
const MOST_BEHIND = 250;

/** When the next push may go, so that there are no more than so many a second. */
export class Pacer {
  readonly #interval: number;
  #due: number | undefined;

  /** @param perSecond above 0 */
  constructor(perSecond: number) {
    this.#interval = 1000 / perSecond;
  }

  /**
   * Takes the turn of one push.
   *
   * @param now monotonic milliseconds
   * @returns milliseconds until the turn comes; 0: now
   */
  take(now: number): number {
    const due = Math.max(this.#due ?? now, now - MOST_BEHIND);
    this.#due = due + this.#interval;
    const wait = due - now;
    return wait > Math.min(AHEAD, this.#interval / 2) ? wait : 0;
  }
}
