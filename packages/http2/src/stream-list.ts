import type { ClientStream } from "./stream.ts";

/**
 * Streams in the order in which they were added, linked through the streams themselves: adding and removing take constant
 * time and no memory. A stream is in one list at most.
 */
export class StreamList<Owner> {
  #first: ClientStream<Owner> | undefined;
  #last: ClientStream<Owner> | undefined;

  /** The stream that was added first; the next ones follow by `next`. */
  get first(): ClientStream<Owner> | undefined {
    return this.#first;
  }

  add(stream: ClientStream<Owner>): void {
    stream.previous = this.#last;
    if (this.#last === undefined) this.#first = stream;
    else this.#last.next = stream;
    this.#last = stream;
  }

  remove(stream: ClientStream<Owner>): void {
    const { previous, next } = stream;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    stream.previous = undefined;
    stream.next = undefined;
  }
}
