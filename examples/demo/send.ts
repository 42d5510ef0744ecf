import { setImmediate } from "node:timers/promises";
import { type Pool, PushError, Request, RequestHeaders, type Response } from "@apnskit/pool";
import type { ParsedNotification } from "./notification-line.ts";
import type { Outcome } from "./outcome.ts";
import type { Tally } from "./tally.ts";

// Where posts fail at once, nothing else in this loop would let timers and signals have their turn.
const burst = 256;

/** Makes the requests of a file's notifications; those with equal headers share one set of them. */
export function requestMaker(timeout: number): (notification: ParsedNotification) => Request {
  const headerSets = new Map<string, RequestHeaders>();
  return ({ path, headers, body }) => {
    const key = JSON.stringify(headers);
    const shared = headerSets.get(key) ?? RequestHeaders.from(headers);
    headerSets.set(key, shared);
    return Request.of(path, shared, body, { timeout });
  };
}

/** Posts requests as fast as a pool answers them, and counts what becomes of each. */
export class Sending {
  readonly #pool: Pick<Pool, "post">;
  readonly #tally: Tally;
  readonly #window: number;
  #stopped = false;
  #givenUp = false;
  #giveUpTimer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;

  /** @param window most notifications that are on their way at once, so that memory does not grow with their number */
  constructor(pool: Pick<Pool, "post">, tally: Tally, window: number) {
    this.#pool = pool;
    this.#tally = tally;
    this.#window = window;
  }

  /** Posts until there are no more requests, or until `stop`. Not all of them are answered then: see `settled`. */
  async postAll(requests: AsyncIterable<Request>): Promise<void> {
    for await (const request of requests) {
      while (this.#outstanding >= this.#window && !this.#stopped) await this.#change();
      if (this.#tally.posted % burst === 0) await setImmediate();
      if (this.#stopped) return;
      this.#post(request);
    }
  }

  /** Posts nothing more, and leaves what is on its way so many milliseconds, whatever `settled` was told. */
  stop(within: number): void {
    this.#stopped = true;
    this.#giveUpAfter(within);
    this.#wake?.();
  }

  /**
   * Waits until everything that was posted has its outcome.
   *
   * @param within milliseconds to wait at most
   */
  async settled(within: number): Promise<void> {
    if (this.#giveUpTimer === undefined) this.#giveUpAfter(within);
    while (this.#outstanding > 0 && !this.#givenUp) await this.#change();
    clearTimeout(this.#giveUpTimer);
    this.#giveUpTimer = undefined;
  }

  #giveUpAfter(within: number): void {
    clearTimeout(this.#giveUpTimer);
    this.#givenUp = false;
    this.#giveUpTimer = setTimeout(() => {
      this.#givenUp = true;
      this.#wake?.();
    }, within);
  }

  get #outstanding(): number {
    return this.#tally.posted - this.#tally.settled;
  }

  #post(request: Request): void {
    const start = performance.now();
    const settle = (outcome: Outcome) => {
      this.#tally.record(outcome, performance.now() - start);
      this.#wake?.();
    };
    this.#tally.posted += 1;
    this.#pool.post(request).then(
      (response) => settle(outcomeOf(response)),
      (error: unknown) => settle(failureOf(error)),
    );
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

export function outcomeOf({ status, reason }: Pick<Response, "status" | "reason">): Outcome {
  return status === 200
    ? { kind: "accepted" }
    : { kind: "rejected", reason: `${status} ${reason ?? "(no reason given)"}` };
}

/** The pool's errors say what became of the request; after any other error nothing is known. */
export function failureOf(error: unknown): Outcome {
  if (error instanceof PushError) return { kind: error.delivery, reason: error.message };
  return { kind: "unknown", reason: String(error) };
}
