/** An item of the queue, which knows whether it still waits. */
export interface Queueable {
  /** False once it has left the queue in another way, such as by its deadline. */
  readonly queued: boolean;
}

const SMALLEST = 1_024;

/**
 * First in, first out, in a ring. All operations take constant time, whatever the length.
 *
 *     head                  tail
 *   ┌───┬───┬───┬───┬───┬───┬───┬───┐
 *   │ a │ b │ ✗ │ d │ e │ f │   │   │     shift() takes a, push() puts behind f, unshift() before a
 *   └───┴───┴───┴───┴───┴───┴───┴───┘
 *
 * An item that leaves from the middle (✗) is only counted. Its place is skipped when its turn comes, or swept
 * when there are more empty places than full ones. So memory follows the number of waiting items.
 */
export class RequestQueue<Item extends Queueable> {
  #ring: (Item | undefined)[] = new Array(SMALLEST);
  #head = 0;
  /** Places in use, including the empty ones. */
  #used = 0;
  #left = 0;

  /** How many items wait. */
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

  /** The next item, which stays in the queue. */
  peek(): Item | undefined {
    while (this.#used > 0) {
      const item = this.#ring[this.#head]!;
      if (item.queued) return item;
      // Comes first: dropping may sweep, which counts anew.
      this.#left--;
      this.#drop();
    }
    return undefined;
  }

  /** Removes and returns the next item. */
  shift(): Item | undefined {
    const item = this.peek();
    if (item !== undefined) this.#drop();
    return item;
  }

  /** Call it when the `queued` of an item in the queue has become false. */
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

  /** Moves the waiting items into a ring of at least twice their number. */
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
