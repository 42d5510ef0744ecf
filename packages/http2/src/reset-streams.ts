/** Ids that are remembered one by one. A late answer usually comes within a round trip of the reset. */
const CAPACITY = 8_192;

/**
 * Remembers which streams this end has reset. Late frames on these streams may have been on the way, so they
 * are ignored. A frame on a stream that the peer has ended is an error (RFC 9113 §5.1, "closed").
 *
 * Memory is bounded: above {@link CAPACITY} ids, the oldest half is forgotten. From then on, all ids up to the highest
 * forgotten one count as reset.
 */
export class ResetStreams {
  readonly #ids = new Set<number>();
  #doubtfulUpTo = 0;

  add(streamId: number): void {
    this.#ids.add(streamId);
    if (this.#ids.size <= CAPACITY) return;
    let excess = CAPACITY / 2;
    for (const id of this.#ids) {
      if (excess-- === 0) break;
      this.#ids.delete(id);
      if (id > this.#doubtfulUpTo) this.#doubtfulUpTo = id;
    }
  }

  /** True when a late frame on this closed stream may have been on its way at the reset. */
  mayStillReceive(streamId: number): boolean {
    return streamId <= this.#doubtfulUpTo || this.#ids.has(streamId);
  }
}
