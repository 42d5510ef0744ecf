import { timerDelay } from "../timer-delay.ts";

/**
 * Items that wait for their time. Each millisecond has one timer, not each item, so ten thousand delayed
 * requests a second cost no more than a thousand timers.
 */
export class Delays<Item> {
  readonly #due: (item: Item) => void;
  readonly #buckets = new Map<number, { items: Item[]; timer: NodeJS.Timeout }>();

  /** @param due is called with each item when it is due; within a millisecond, in the order of insertion */
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
    const timer = setTimeout(() => this.#fire(at), timerDelay(at - now));
    this.#buckets.set(at, { items: [item], timer });
  }

  /** Drops all waiting items. */
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
