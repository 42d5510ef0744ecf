import { ErrorCode } from "./error-codes.ts";
import { ProtocolError } from "./errors.ts";

/** Frames that one answer pays for: an honest server may send a few window updates and a reset with each answer. */
const FRAMES_PER_ANSWER = 8;

/** Milliseconds in which the whole budget comes back. */
export const REFILL_TIME = 60_000;

/**
 * A leaky budget for frames that make this end work without an answer (RFC 9113 §10.5). When the budget is used up, the
 * connection ends.
 *
 *     spend: WINDOW_UPDATE, PING, late frames …     ──▶ used ──▶ answers and time give back
 *     spendLasting: SETTINGS, GOAWAY, PRIORITY …    ──▶ used ──▶ only time gives back
 *
 * Answers do not pay for the second kind, since a server has no reason to send such frames with its answers.
 */
export class FloodGuard {
  readonly #limit: number;
  /** The part of the budget that is used. */
  #used = 0;
  /** The part of {@link #used} that only time gives back. */
  #lasting = 0;
  /** The latest time that was told, in milliseconds. */
  #now: number | undefined;

  /** @param limit the budget, in frames */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws {@link ProtocolError} ENHANCE_YOUR_CALM when the budget is used up */
  spend(frame: string): void {
    this.#used++;
    if (this.#used > this.#limit) {
      throw new ProtocolError(
        ErrorCode.ENHANCE_YOUR_CALM,
        `more than ${this.#limit} frames without an answer in too short a time, the last one ${frame}`,
      );
    }
  }

  /** As {@link spend}, but an answer does not pay for it. @throws as {@link spend} */
  spendLasting(frame: string): void {
    this.#lasting++;
    this.spend(frame);
  }

  /**
   * Counts work that the peer's frames caused. Never throws: the next {@link spend} finds the budget used up.
   */
  charge(work: number): void {
    this.#used += work;
    this.#lasting += work;
  }

  /** An answer has come. */
  answered(): void {
    if (this.#used > this.#lasting) this.#used = Math.max(this.#lasting, this.#used - FRAMES_PER_ANSWER);
  }

  /** Gives back budget for the elapsed time. @param now milliseconds on any clock that never goes back */
  elapse(now: number): void {
    const before = this.#now;
    this.#now = now;
    if (this.#used === 0 || before === undefined || !(now > before)) return;
    const restored = ((now - before) * this.#limit) / REFILL_TIME;
    this.#used = Math.max(0, this.#used - restored);
    this.#lasting = Math.max(0, this.#lasting - restored);
  }

  /** Gives back the whole budget. */
  replenish(): void {
    this.#used = 0;
    this.#lasting = 0;
  }
}
