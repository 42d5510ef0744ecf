import { setTimeout } from "node:timers";

interface Waiter<T> {
  readonly matches: (value: T) => boolean;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: Error) => void;
}

/** Milliseconds after which a wait fails, so that a broken test ends with a message instead of hanging. */
export const defaultPatience = 10_000;

/**
 * Items that arrive, and the callers that wait for them. Each item is taken once. A caller that waits for one
 * kind leaves other items in place, so a script may ask in another order than items arrive.
 */
export class Inbox<T> {
  readonly #untaken: T[] = [];
  readonly #waiters = new Set<Waiter<T>>();
  readonly #context: () => string;
  readonly #patience: number;
  #over: string | undefined;

  /** @param context describes the events so far; it ends the message of a failed wait */
  constructor(context: () => string, patience = defaultPatience) {
    this.#context = context;
    this.#patience = patience;
  }

  put(value: T): void {
    const waiter = [...this.#waiters].find((candidate) => candidate.matches(value));
    if (waiter) waiter.resolve(value);
    else this.#untaken.push(value);
  }

  /** Takes the first matching item, now or when it arrives. */
  take(what: string, matches: (value: T) => boolean = () => true): Promise<T> {
    const at = this.#untaken.findIndex(matches);
    if (at >= 0) return Promise.resolve(this.#untaken.splice(at, 1)[0]!);
    if (this.#over !== undefined) return refused(this.#failure(what, this.#over));

    const { promise, resolve, reject } = deferred<T>();
    const guard = setTimeout(
      () => waiter.reject(this.#failure(what, `nothing within ${this.#patience} ms`)),
      this.#patience,
    );
    const done = () => {
      clearTimeout(guard);
      this.#waiters.delete(waiter);
    };
    const waiter: Waiter<T> = {
      matches,
      resolve: (value) => {
        done();
        resolve(value);
      },
      reject: (reason) => {
        done();
        reject(this.#over === undefined ? reason : this.#failure(what, this.#over));
      },
    };
    this.#waiters.add(waiter);
    return promise;
  }

  /** Ends the inbox. Each waiting caller gets the reason. */
  end(reason: string): void {
    this.#over ??= reason;
    for (const waiter of this.#waiters) waiter.reject(new Error(reason));
  }

  #failure(what: string, why: string): Error {
    return new Error(`waited for ${what}: ${why}; ${this.#context()}`);
  }
}

/**
 * A promise with its `resolve` and `reject`. Its rejection never counts as unhandled, because the test has
 * then failed elsewhere.
 */
export function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

function refused(reason: Error): Promise<never> {
  const promise = Promise.reject(reason);
  promise.catch(() => {});
  return promise;
}
