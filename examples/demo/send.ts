import { setImmediate } from "node:timers/promises";
import { type Pool, PushError, Request, RequestHeaders, type Response } from "@apnskit/pool";
import type { ParsedNotification } from "./notification-line.ts";
import type { Outcome } from "./outcome.ts";
import type { Tally } from "./tally.ts";

// If posts fail at once, nothing else in this loop would let timers and signals run.
const burst = 256;

/** Creates the requests of a file's notifications. Requests with equal headers share one header set. */
export function requestMaker(timeout: number): (notification: ParsedNotification) => Request {
  const headerSets = new Map<string, RequestHeaders>();
  return ({ path, headers, body }) => {
    const key = JSON.stringify(headers);
    const shared = headerSets.get(key) ?? RequestHeaders.from(headers);
    headerSets.set(key, shared);
    return Request.of(path, shared, body, { timeout });
  };
}

/** Posts requests as fast as a pool answers them, and counts their outcomes. */
export class Sending {
  readonly #pool: Pick<Pool, "post">;
  readonly #tally: Tally;
  readonly #window: number;
  #stopped = false;
  #givenUp = false;
  #giveUpTimer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;

  /** @param window maximum number of notifications in flight, which bounds the memory */
  constructor(pool: Pick<Pool, "post">, tally: Tally, window: number) {
    this.#pool = pool;
    this.#tally = tally;
    this.#window = window;
  }

  /**
   * Posts until there are no more requests, or until `stop`. Some answers may still be missing then: see
   * `settled`.
   */
  async postAll(requests: AsyncIterable<Request>): Promise<void> {
    for await (const request of requests) {
      while (this.#outstanding >= this.#window && !this.#stopped) await this.#change();
      if (this.#tally.posted % burst === 0) await setImmediate();
      if (this.#stopped) return;
      this.#post(request);
    }
  }

  /**
   * Posts nothing more. Requests in flight have `within` milliseconds, regardless of the limit passed to
   * `settled`.
   */
  stop(within: number): void {
    this.#stopped = true;
    this.#giveUpAfter(within);
    this.#wake?.();
  }

  /**
   * Waits until every posted request has an outcome.
   *
   * @param within maximum milliseconds to wait
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

/** The pool's errors state the delivery of the request. After any other error the delivery is unknown. */
export function failureOf(error: unknown): Outcome {
  if (error instanceof PushError) return { kind: error.delivery, reason: error.message };
  return { kind: "unknown", reason: String(error) };
}
