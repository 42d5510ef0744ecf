import type { Clock, Timer } from "@apnskit/connection";

/** The requests that wait between two attempts, each with its own timer. */
export class Pauses<Item> {
  readonly #clock: Clock;
  readonly #waiting = new Map<Item, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many items wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Calls `over` after `delay` milliseconds, unless the item is removed first. */
  add(item: Item, delay: number, over: () => void): void {
    const timer = this.#clock.setTimer(() => {
      this.#waiting.delete(item);
      over();
    }, delay);
    this.#waiting.set(item, timer);
  }

  /** Removes an item that ends in another way; does nothing if it does not wait here. */
  remove(item: Item): void {
    this.#waiting.get(item)?.cancel();
    this.#waiting.delete(item);
  }

  /** Removes and yields all items, one by one. */
  *drain(): Generator<Item> {
    for (const [item] of this.#waiting) {
      this.remove(item);
      yield item;
    }
  }
}
