/** What can be queued: it says itself whether it still wants to be. */
export interface Queueable {
  /** False once it has left the queue by another way, such as its deadline. */
  readonly queued: boolean;
}

const SMALLEST = 1_024;

/**
 * First in, first out, in a ring; all operations take constant time, however long it is.
 *
 *     head                  tail
 *   ┌───┬───┬───┬───┬───┬───┬───┬───┐
 *   │ a │ b │ ✗ │ d │ e │ f │   │   │     shift() takes a, push() puts behind f, unshift() before a
 *   └───┴───┴───┴───┴───┴───┴───┴───┘
 *
 * What leaves from the middle (✗) is only counted; its place is skipped when its turn comes, or swept when there are
 * more empty places than full ones, so that memory follows the number of those that wait.
 */
export class RequestQueue<Item extends Queueable> {
  #ring: (Item | undefined)[] = new Array(SMALLEST);
  #head = 0;
  /** Places in use, left ones included. */
  #used = 0;
  #left = 0;

  /** How many wait. */
  get length(): number {
    return this.#used - this.#left;
  }

  push(item: Item): void {
    if (this.#used === this.#ring.length) this.#resize();
    this.#ring[(this.#head + this.#used) & (this.#ring.length - 1)] = item;
    this.#used++;
  }

  /** Puts an item before all others. */
  unshift(item: Item): void {
    if (this.#used === this.#ring.length) this.#resize();
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = item;
    this.#used++;
  }

  /** The item whose turn it is; it stays. */
  peek(): Item | undefined {
    while (this.#used > 0) {
      const item = this.#ring[this.#head]!;
      if (item.queued) return item;
      // First: dropping may sweep, which counts anew.
      this.#left--;
      this.#drop();
    }
    return undefined;
  }

  /** Takes the item whose turn it is. */
  shift(): Item | undefined {
    const item = this.peek();
    if (item !== undefined) this.#drop();
    return item;
  }

  /** To be called when an item's `queued` has become false while it was in here. */
  forget(): void {
    this.#left++;
    if (this.#left > SMALLEST && this.#left > this.#used / 2) this.#resize();
  }

  #drop(): void {
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#used--;
    if (this.#ring.length > SMALLEST && this.#used < this.#ring.length / 8) this.#resize();
  }

  /** Moves those that wait into a ring that is twice as large as they need, at least. */
  #resize(): void {
    let size = SMALLEST;
    while (size < this.length * 2) size *= 2;
    const ring: (Item | undefined)[] = new Array(size);
    let count = 0;
    for (let i = 0; i < this.#used; i++) {
      const item = this.#ring[(this.#head + i) & (this.#ring.length - 1)]!;
      if (item.queued) ring[count++] = item;
    }
    this.#ring = ring;
    this.#head = 0;
    this.#used = count;
    this.#left = 0;
  }
}
