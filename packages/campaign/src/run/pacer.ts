/** Milliseconds that a push may be early, because timers are no finer. */
const AHEAD = 4;
/** After a pause, the pacer makes up for at most this many milliseconds. */
const MOST_BEHIND = 250;

/** Decides when the next push may leave, to keep a rate. */
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
   * @returns milliseconds until the turn comes; 0 if it has come
   */
  take(now: number): number {
    const due = Math.max(this.#due ?? now, now - MOST_BEHIND);
    this.#due = due + this.#interval;
    const wait = due - now;
    return wait > Math.min(AHEAD, this.#interval / 2) ? wait : 0;
  }
}
