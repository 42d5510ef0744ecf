/** An entry of an {@link EventHeap}. */
export interface Timed {
  /** When it is due, in milliseconds. */
  readonly time: number;
  /** Decides between entries of the same time: the lower one comes first. */
  readonly order: number;
}

/** A binary heap: the entry that is due first is on top. */
export class EventHeap<Item extends Timed> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The entry that is due first. */
  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    items.push(item);
    this.#rise(items.length - 1, item);
  }

  pop(): Item | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    // The hole goes down to the bottom, and the last entry from there up: it seldom goes far.
    const { length } = items;
    let place = 0;
    for (let child = 1; child < length; child = 2 * place + 1) {
      if (child + 1 < length && isBefore(items[child + 1]!, items[child]!)) child++;
      items[place] = items[child]!;
      place = child;
    }
    this.#rise(place, last);
    return first;
  }

  /** Puts an entry at a place, or nearer to the top. */
  #rise(from: number, item: Item): void {
    const items = this.#items;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(item, items[parent]!)) break;
      items[place] = items[parent]!;
      place = parent;
    }
    items[place] = item;
  }

  /** All entries, in no order. */
  all(): readonly Item[] {
    return this.#items;
  }
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
