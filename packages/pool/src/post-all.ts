import type { PushError, Request, Response } from "@apnskit/connection";
import { integer } from "@apnskit/connection";
import type { Pool } from "./pool.ts";

export interface PostAllOptions {
  /**
   * Requests that are under way at once, and results that are kept for the reader. Default 1,000 for each connection of
   * the pool, and as many again, so that there is always one waiting when a stream becomes free; from 1.
   */
  concurrency?: number;
  /** Ends the run: what is under way is given up, and every result of it is still yielded. */
  signal?: AbortSignal;
}

/** How one request of `postAll` ended. */
export type PostResult =
  | {
      readonly index: number;
      readonly request: Request;
      readonly response: Response;
      readonly error?: undefined;
    }
  | {
      readonly index: number;
      readonly request: Request;
      readonly response?: undefined;
      readonly error: PushError;
    };

/** Results that have been read are let go in portions of this size. */
const SWEPT_AT_ONCE = 256;

type Source = Iterator<Request> | AsyncIterator<Request>;

/** See {@link Pool.postAll}. */
export function postAll(
  pool: Pool,
  requests: Iterable<Request> | AsyncIterable<Request>,
  options: PostAllOptions,
): AsyncIterableIterator<PostResult> {
  const concurrency = integer(
    "concurrency",
    options.concurrency,
    pool.size * 2_000,
    1,
    Number.MAX_SAFE_INTEGER,
  );
  return new PostAll(pool, requests, concurrency, options.signal);
}

/**
 * Pulls requests while fewer than `concurrency` are under way or wait to be read, and hands results out as they come.
 *
 *     source ──pull──▶ under way ──outcome──▶ results ──next()──▶ reader
 */
class PostAll implements AsyncIterableIterator<PostResult> {
  readonly #pool: Pool;
  readonly #source: Source;
  readonly #concurrency: number;
  readonly #giveUp = new AbortController();
  readonly #signal: AbortSignal | undefined;
  /** Results that nobody has read yet, oldest first from `#read` on. */
  #results: PostResult[] = [];
  #read = 0;
  #underWay = 0;
  #index = 0;
  #exhausted = false;
  #pulling = false;
  /** What the source threw; the reader gets it when all results are out. */
  #sourceError: { readonly error: unknown } | undefined;
  /** Readers that wait for a result. */
  readonly #readers: ((result: IteratorResult<PostResult> | PromiseLike<never>) => void)[] = [];

  constructor(
    pool: Pool,
    requests: Iterable<Request> | AsyncIterable<Request>,
    concurrency: number,
    signal: AbortSignal | undefined,
  ) {
    this.#pool = pool;
    this.#source =
      Symbol.asyncIterator in requests ? requests[Symbol.asyncIterator]() : requests[Symbol.iterator]();
    this.#concurrency = concurrency;
    this.#signal = signal;
    if (signal?.aborted) this.handleEvent();
    else signal?.addEventListener("abort", this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<PostResult>> {
    if (this.#read < this.#results.length) {
      const value = this.#takeResult();
      this.#pull();
      return Promise.resolve({ done: false, value });
    }
    return new Promise((resolve) => {
      this.#readers.push(resolve);
      this.#pull();
      this.#finishIfDone();
    });
  }

  /** The reader has left the loop: what is under way is given up. */
  async return(): Promise<IteratorResult<PostResult>> {
    this.#exhausted = true;
    this.#giveUp.abort(new Error("the loop over postAll was left"));
    this.#signal?.removeEventListener("abort", this);
    this.#results = [];
    this.#read = 0;
    const left = this.#leaveSource();
    // A source that is being waited for may take for ever: nobody wants what it has any more.
    if (!this.#pulling) await left;
    return { done: true, value: undefined };
  }

  /** The signal fired. */
  handleEvent(): void {
    this.#exhausted = true;
    this.#giveUp.abort(this.#signal?.reason);
    this.#finishIfDone();
    this.#leaveSource();
  }

  /** Lets the source clean up, as leaving a loop over it would. */
  #leaveSource(): Promise<unknown> {
    const left = (async () => this.#source.return?.())();
    // Most often nobody waits for what it has to say.
    left.catch(() => {});
    return left;
  }

  #takeResult(): PostResult {
    const value = this.#results[this.#read++]!;
    // What has been read must not add up while the reader never quite catches up.
    if (this.#read === this.#results.length || this.#read === SWEPT_AT_ONCE) {
      this.#results.splice(0, this.#read);
      this.#read = 0;
    }
    return value;
  }

  #hasRoom(): boolean {
    return !this.#exhausted && this.#underWay + this.#results.length - this.#read < this.#concurrency;
  }

  #pull(): void {
    if (this.#pulling || !this.#hasRoom()) return;
    this.#pulling = true;
    void this.#pullWhileRoom();
  }

  /** Awaits only what is a promise: a plain iterable is read without a detour through the event loop. */
  async #pullWhileRoom(): Promise<void> {
    try {
      while (this.#hasRoom()) {
        const pulled = this.#source.next();
        const { done, value } = "then" in pulled ? await pulled : pulled;
        if (done) this.#exhausted = true;
        else if (!this.#giveUp.signal.aborted) this.#post(value);
      }
    } catch (error) {
      this.#sourceError = { error };
      this.#exhausted = true;
    }
    this.#pulling = false;
    this.#finishIfDone();
  }

  #post(request: Request): void {
    const index = this.#index++;
    this.#underWay++;
    try {
      this.#pool.submit(
        request,
        (response) => this.#onResult({ index, request, response }),
        (error) => this.#onResult({ index, request, error }),
        this.#giveUp.signal,
      );
    } catch (error) {
      this.#underWay--;
      this.#leaveSource();
      throw error;
    }
  }

  #onResult(result: PostResult): void {
    this.#underWay--;
    const reader = this.#readers.shift();
    if (reader !== undefined) reader({ done: false, value: result });
    else this.#results.push(result);
    this.#pull();
    this.#finishIfDone();
  }

  /** Nothing more will come: tells those who wait. */
  #finishIfDone(): void {
    const mayPull = this.#pulling && !this.#giveUp.signal.aborted;
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
