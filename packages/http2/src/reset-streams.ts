/** Ids remembered one by one; a late answer usually comes within a round trip of the reset. */
const CAPACITY = 8_192;

/**
 * Remembers which streams this end has reset, so that answers which were already on their way are ignored, while a
 * frame on a stream that the peer itself has ended is told apart as the error that it is (RFC 9113 §5.1, "closed").
 *
 * Memory is bounded: when more ids than {@link CAPACITY} are remembered, the oldest half is forgotten and everything up
 * to the highest forgotten id is given the benefit of the doubt.
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

  /** True when a late frame on this closed stream may be the fault of nobody. */
  mayStillReceive(streamId: number): boolean {
    return streamId <= this.#doubtfulUpTo || this.#ids.has(streamId);
  }
}
