import { AbortGroup } from "@apnskit/connection/internal";

/** Results that were read are dropped in portions of this size. */
const SWEPT_AT_ONCE = 256;

const unlimited = (): number => Number.POSITIVE_INFINITY;

/**
 * Starts work on one item. Exactly one call of `done` with the result must follow, perhaps at once. An error
 * that `Work` throws ends the run as if the source had thrown it.
 *
 * @param index the item's place in the source, from 0
 * @param group is aborted when the result is no longer needed
 */
export type Work<Item, Result> = (
  item: Item,
  index: number,
  done: (result: Result) => void,
  group: AbortGroup,
) => void;

/**
 * Works through the items of a source, several at once, and hands out results in the order in which they
 * finish. It pulls an item while fewer than `concurrency` are under way or wait to be read, and while fewer
 * are under way than the connections keep up with. So memory is constant for any number of items.
 *
 *     source ──pull──▶ under way ──done──▶ results ──next()──▶ reader
 *
 * When the signal fires, the source is closed and the group cancels the items under way.
 * Their results are still handed out. The reader gets an error of the source after all results.
 */
export class Completions<Item, Result> implements AsyncIterableIterator<Result> {
  readonly #work: Work<Item, Result>;
  readonly #source: Iterator<Item> | AsyncIterator<Item>;
  readonly #concurrency: number;
  readonly #underWayLimit: () => number;
  /** The items under way. */
  readonly #group = new AbortGroup();
  readonly #signal: AbortSignal | undefined;
  /** Results that the reader has not taken yet, oldest first from `#read` on. */
  #results: Result[] = [];
  #read = 0;
  #underWay = 0;
  #index = 0;
  #exhausted = false;
  #pulling = false;
  /** The error that the source threw; the reader gets it after all results. */
  #sourceError: { readonly error: unknown } | undefined;
  /** Readers that wait for a result. */
  readonly #readers: ((result: IteratorResult<Result> | PromiseLike<never>) => void)[] = [];

  /**
   * @param concurrency items that are under way or wait to be read
   * @param underWayLimit items that may be under way now, from 1; asked before each item is pulled
   */
  constructor(
    items: Iterable<Item> | AsyncIterable<Item>,
    concurrency: number,
    signal: AbortSignal | undefined,
    work: Work<Item, Result>,
    underWayLimit: () => number = unlimited,
  ) {
    this.#work = work;
    this.#source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    this.#concurrency = concurrency;
    this.#underWayLimit = underWayLimit;
    this.#signal = signal;
    if (signal?.aborted) this.handleEvent();
    else signal?.addEventListener("abort", this);
  }

  /** Returns itself: results that were handed out do not come again. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The next result, as soon as there is one. May be called again before the last call is settled.
   *
   * @throws the error of the source or of `work`, once, after all results
   */
  next(): Promise<IteratorResult<Result>> {
    if (this.#read < this.#results.length) {
      const value = this.#takeResult();
      this.#pull();
      return Promise.resolve({ done: false, value });
    }
    return this.#wait();
  }

  #wait(): Promise<IteratorResult<Result>> {
    return new Promise((resolve) => {
      this.#readers.push(resolve);
      this.#pull();
      this.#finishIfDone();
    });
  }

  /** The reader has left the loop: the items under way are cancelled. */
  async return(): Promise<IteratorResult<Result>> {
    this.#exhausted = true;
    this.#group.abort(new Error("the loop was left"));
    this.#signal?.removeEventListener("abort", this);
    this.#results = [];
    this.#read = 0;
    const left = this.#leaveSource();
    // A source with a pending pull may take forever, and its items are useless now.
    if (!this.#pulling) await left;
    return { done: true, value: undefined };
  }

  /** The signal fired. */
  handleEvent(): void {
    this.#exhausted = true;
    this.#group.abort(this.#signal?.reason);
    this.#finishIfDone();
    this.#leaveSource();
  }

  /** Lets the source clean up, as leaving a `for await` loop over it would. */
  #leaveSource(): Promise<unknown> {
    const left = (async () => this.#source.return?.())();
    // Usually no caller waits for this promise.
    left.catch(() => {});
    return left;
  }

  #takeResult(): Result {
    const value = this.#results[this.#read++]!;
    // Results that were read must not pile up if the reader never quite catches up.
    if (this.#read === this.#results.length || this.#read === SWEPT_AT_ONCE) {
      this.#results.splice(0, this.#read);
      this.#read = 0;
    }
    return value;
  }

  #hasRoom(): boolean {
    if (this.#exhausted || this.#underWay + this.#results.length - this.#read >= this.#concurrency)
      return false;
    return this.#underWay < this.#underWayLimit();
  }

  /** Awaits promises only: a plain iterable is read without a detour through the event loop. */
  #pull(): void {
    if (this.#pulling || !this.#hasRoom()) return;
    this.#pulling = true;
    try {
      while (this.#hasRoom()) {
        const pulled = this.#source.next();
        if ("then" in pulled) {
          void this.#pullLater(pulled);
          return;
        }
        this.#take(pulled);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#pulling = false;
    this.#finishIfDone();
  }

  async #pullLater(pulled: Promise<IteratorResult<Item>>): Promise<void> {
    try {
      this.#take(await pulled);
    } catch (error) {
      this.#fail(error);
    }
    this.#pulling = false;
    this.#pull();
    this.#finishIfDone();
  }

  #take({ done, value }: IteratorResult<Item>): void {
    if (done) this.#exhausted = true;
    else if (!this.#group.aborted) this.#begin(value);
  }

  /** The source threw, or the start of an item did. */
  #fail(error: unknown): void {
    this.#sourceError = { error };
    this.#exhausted = true;
  }

  #begin(item: Item): void {
    this.#underWay++;
    try {
      this.#work(item, this.#index++, this.#done, this.#group);
    } catch (error) {
      this.#underWay--;
      this.#leaveSource();
      throw error;
    }
  }

  readonly #done = (result: Result): void => {
    this.#underWay--;
    const reader = this.#readers.shift();
    if (reader !== undefined) reader({ done: false, value: result });
    else this.#results.push(result);
    this.#pull();
    this.#finishIfDone();
  };

  /** No more items will come: tells the waiting readers. */
  #finishIfDone(): void {
    const mayPull = this.#pulling && !this.#group.aborted;
    if (!this.#exhausted || mayPull || this.#underWay > 0) return;
    this.#signal?.removeEventListener("abort", this);
    if (this.#read < this.#results.length) return;
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift()) {
      if (this.#sourceError === undefined) {
        reader({ done: true, value: undefined });
      } else {
        reader(Promise.reject(this.#sourceError.error));
        this.#sourceError = undefined;
      }
    }
  }
}
