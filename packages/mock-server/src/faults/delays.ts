/**
 * Items that wait for their time, a timer for each millisecond and not one for each item: ten thousand requests a
 * second with a latency cost no more than a thousand timers.
 */
export class Delays<Item> {
  readonly #due: (item: Item) => void;
  readonly #buckets = new Map<number, { items: Item[]; timer: NodeJS.Timeout }>();

  /** @param due is called with each item when its time has come, in the order of insertion within a millisecond */
  constructor(due: (item: Item) => void) {
    this.#due = due;
  }

  /** @param ms milliseconds from now, rounded up */
  add(item: Item, ms: number): void {
    const now = performance.now();
    const at = Math.ceil(now + ms);
    const bucket = this.#buckets.get(at);
    if (bucket) {
      bucket.items.push(item);
      return;
    }
    const timer = setTimeout(() => this.#fire(at), at - now);
    this.#buckets.set(at, { items: [item], timer });
  }

  /** Forgets everything that waits. */
  clear(): void {
    for (const { timer } of this.#buckets.values()) clearTimeout(timer);
    this.#buckets.clear();
  }

  #fire(at: number): void {
    const bucket = this.#buckets.get(at);
    this.#buckets.delete(at);
    for (const item of bucket?.items ?? []) this.#due(item);
  }
}
