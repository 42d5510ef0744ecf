import { ErrorCode } from "./error-codes.ts";
import { ProtocolError } from "./errors.ts";

/** Control frames that one answer pays for: a server may well send a few window updates and a reset with each. */
const FRAMES_PER_ANSWER = 8;

/**
 * Counts frames that make this end work without getting anything done, and ends the connection when there are too
 * many of them between two pieces of progress (RFC 9113 §10.5). It needs no clock: answers and time, as told by the
 * caller, are what restores the budget.
 */
export class FloodGuard {
  readonly #limit: number;
  #spent = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws {@link ProtocolError} ENHANCE_YOUR_CALM when the budget is used up */
  spend(frame: string): void {
    if (++this.#spent > this.#limit) {
      throw new ProtocolError(
        ErrorCode.ENHANCE_YOUR_CALM,
        `more than ${this.#limit} idle frames, the last one ${frame}`,
      );
    }
  }

  answered(): void {
    if (this.#spent > 0) this.#spent = Math.max(0, this.#spent - FRAMES_PER_ANSWER);
  }

  replenish(): void {
    this.#spent = 0;
  }
}
