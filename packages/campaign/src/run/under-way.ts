/** A recipient that was handed out. */
export interface Entry<One> {
  /** The recipient's place in the campaign. */
  readonly index: number;
  readonly recipient: One;
}

const FIRST_SIZE = 1024;

/**
 * The recipients that the client has under way, in the order in which the client got them. A ring of slots:
 * places under way are close together, and an outcome frees its slot.
 */
export class UnderWay<One> {
  #slots: (Entry<One> | undefined)[] = new Array(FIRST_SIZE);
  #next = 0;

  add(entry: Entry<One>): void {
    while (this.#slots[this.#next % this.#slots.length] !== undefined) this.#grow();
    this.#slots[this.#next++ % this.#slots.length] = entry;
  }

  /** @param place from 0, in the order of `add` */
  take(place: number): Entry<One> {
    const slot = place % this.#slots.length;
    const entry = this.#slots[slot]!;
    this.#slots[slot] = undefined;
    return entry;
  }

  #grow(): void {
    const before = this.#slots;
    const size = before.length;
    this.#slots = new Array(size * 2);
    // The ring is full: it holds the last `size` places. Each of them moves to its slot in the larger ring.
    for (let place = Math.max(0, this.#next - size); place < this.#next; place++) {
      this.#slots[place % this.#slots.length] = before[place % size];
    }
  }
}
