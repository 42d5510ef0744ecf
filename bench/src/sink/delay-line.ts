interface Entry {
  due: number;
  received: number;
  count: number;
  deliver: () => void;
}

/** ms before the due time at which polling replaces the timer, because a timer may be late by about 1 ms. */
const SPIN = 3;

/**
 * Delivers each entry a constant time after `put`, with an error of some ten microseconds. When an entry is
 * almost due, the delay line polls the clock on every turn of the event loop. A late timer would distort a
 * delay of 20 ms too much.
 */
export class DelayLine {
  readonly #delay: number;
  readonly #entries: Entry[] = [];
  #head = 0;
  #scheduled = false;
  #delivered = 0;
  #actualDelay = 0;

  /** @param delay ms; Infinity never delivers. */
  constructor(delay: number) {
    this.#delay = delay;
  }

  /** Mean of the actual delays, ms, weighted by the entries' counts. */
  get meanDelay(): number {
    return this.#delivered === 0 ? 0 : this.#actualDelay / this.#delivered;
  }

  put(count: number, deliver: () => void): void {
    if (this.#delay === Infinity) return;
    if (this.#delay === 0) {
      deliver();
      return;
    }
    const received = performance.now();
    this.#entries.push({ due: received + this.#delay, received, count, deliver });
    this.#schedule();
  }

  #schedule(): void {
    const next = this.#entries[this.#head];
    if (this.#scheduled || next === undefined) return;
    this.#scheduled = true;
    const wait = next.due - performance.now();
    if (wait > SPIN) setTimeout(this.#turn, wait - SPIN);
    else setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    const now = performance.now();
    for (;;) {
      const entry = this.#entries[this.#head];
      if (entry === undefined || entry.due > now) break;
      this.#head++;
      this.#delivered += entry.count;
      this.#actualDelay += (now - entry.received) * entry.count;
      entry.deliver();
    }
    if (this.#head > 1024) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    this.#schedule();
  };
}
