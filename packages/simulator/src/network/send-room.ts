interface Return {
  readonly at: number;
  readonly octets: number;
}

/**
 * The room in a machine's buffer for octets that leave. Octets take their room until the other end has read
 * them and its word of that has come back. Times are milliseconds of the world.
 */
export class SendRoom {
  #free: number;
  /** Room from which on a process that waits is woken. Linux wakes it at a third of the buffer. */
  readonly #enough: number;
  /** Room that comes back later, in no order. */
  readonly #returns: Return[] = [];
  #firstReturn = Number.POSITIVE_INFINITY;

  constructor(octets: number) {
    this.#free = octets;
    this.#enough = octets / 3;
  }

  /** When room comes back next; `Infinity`: not as far as is known. */
  get firstReturn(): number {
    return this.#firstReturn;
  }

  /** Octets that have room. */
  freeAt(now: number): number {
    if (this.#firstReturn <= now) this.#settle(now);
    return this.#free;
  }

  /** Whether a process that waits for room is woken. */
  isEnoughAt(now: number): boolean {
    return this.freeAt(now) >= this.#enough;
  }

  take(octets: number): void {
    this.#free -= octets;
  }

  /** Room comes back at a time. */
  giveBack(octets: number, at: number): void {
    this.#returns.push({ at, octets });
    this.#firstReturn = Math.min(this.#firstReturn, at);
  }

  /** Nothing comes back from now on. */
  cutOff(now: number): void {
    this.#settle(now);
    this.#returns.length = 0;
    this.#firstReturn = Number.POSITIVE_INFINITY;
  }

  #settle(now: number): void {
    let left = 0;
    this.#firstReturn = Number.POSITIVE_INFINITY;
    for (const one of this.#returns) {
      if (one.at <= now) {
        this.#free += one.octets;
        continue;
      }
      this.#returns[left++] = one;
      this.#firstReturn = Math.min(this.#firstReturn, one.at);
    }
    this.#returns.length = left;
  }
}
