import type { ClientStream } from "./stream.ts";

const SMALLEST = 64;

/**
 * The open streams by id.
 *
 * Ids only grow, and most streams end in about the order in which they began. So a ring indexed by id holds nearly all of
 * them. If a newer stream needs the place of an older one, the older one moves to a map. A `Map` for all streams would be
 * rebuilt every thousand streams, and each discarded table would keep its streams alive until a full collection.
 */
export class StreamTable<Owner> {
  #ring: (ClientStream<Owner> | undefined)[] = new Array(SMALLEST).fill(undefined);
  readonly #stragglers = new Map<number, ClientStream<Owner>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): ClientStream<Owner> | undefined {
    const stream = this.#ring[(id >>> 1) & (this.#ring.length - 1)];
    if (stream !== undefined && stream.id === id) return stream;
    return this.#stragglers.size === 0 ? undefined : this.#stragglers.get(id);
  }

  /** Enters a stream with an id that is higher than all before. */
  add(stream: ClientStream<Owner>): void {
    if (++this.#size * 2 > this.#ring.length) this.#grow();
    this.#place(stream);
  }

  delete(id: number): void {
    const place = (id >>> 1) & (this.#ring.length - 1);
    if (this.#ring[place]?.id === id) {
      this.#ring[place] = undefined;
      this.#size--;
    } else if (this.#stragglers.delete(id)) {
      this.#size--;
    }
  }

  /** All streams, oldest first. */
  values(): ClientStream<Owner>[] {
    const streams = [...this.#stragglers.values()];
    for (const stream of this.#ring) {
      if (stream !== undefined) streams.push(stream);
    }
    return streams.sort((a, b) => a.id - b.id);
  }

  /**
   * The streams with an id from `lowest` to `highest`, oldest first. It looks at no more places than the range has ids, and
   * at no more than the table has streams.
   */
  between(lowest: number, highest: number): ClientStream<Owner>[] {
    if ((highest - lowest) / 2 + 1 >= this.#size) {
      return this.values().filter(({ id }) => id >= lowest && id <= highest);
    }
    const streams: ClientStream<Owner>[] = [];
    for (let id = lowest; id <= highest; id += 2) {
      const stream = this.get(id);
      if (stream !== undefined) streams.push(stream);
    }
    return streams;
  }

  #place(stream: ClientStream<Owner>): void {
    const place = (stream.id >>> 1) & (this.#ring.length - 1);
    const straggler = this.#ring[place];
    if (straggler !== undefined) this.#stragglers.set(straggler.id, straggler);
    this.#ring[place] = stream;
  }

  #grow(): void {
    const streams = this.values();
    this.#ring = new Array(this.#ring.length * 2).fill(undefined);
    this.#stragglers.clear();
    for (const stream of streams) this.#place(stream);
  }
}
