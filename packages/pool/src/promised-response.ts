import type { Response } from "@apnskit/connection";
import type { Failure, Recipient } from "./recipient.ts";

/**
 * Settles the promise of one `post`. It holds only one of the promise's two functions and rejects through it.
 * A million requests may wait in a queue, and the other function would take a tenth of their memory.
 */
export class PromisedResponse implements Recipient {
  readonly #resolve: (response: Response | PromiseLike<never>) => void;

  constructor(resolve: (response: Response | PromiseLike<never>) => void) {
    this.#resolve = resolve;
  }

  onResponse(response: Response): void {
    this.#resolve(response);
  }

  onFailure(error: Failure): void {
    this.#resolve(Promise.reject(error));
  }
}
