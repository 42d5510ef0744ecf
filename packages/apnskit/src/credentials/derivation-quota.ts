import { host } from "@apnskit/connection/internal";

/** All slow files of the process together have asked for too much; the same file may open later. */
export class QuotaUsedUp extends Error {}

/** What slow files may cost at once, in rounds of PBKDF2: four of the slowest, about four seconds of a core. */
const MOST_AT_ONCE = 20_000_000;
/** Milliseconds in which the whole quota comes back. */
const RESTORE_TIME = 60_000;

/**
 * The key derivation that slow files of a process share. Files that many tenants hand in at once, each within its own
 * bound, would else stop the event loop for minutes.
 */
export class DerivationQuota {
  readonly #now: () => number;
  #used = 0;
  #asOf: number;

  /** @param now milliseconds on a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
    this.#asOf = now();
  }

  /**
   * @param cost in rounds of PBKDF2
   * @throws QuotaUsedUp
   */
  take(cost: number): void {
    const now = this.#now();
    const perMillisecond = MOST_AT_ONCE / RESTORE_TIME;
    this.#used = Math.max(0, this.#used - (now - this.#asOf) * perMillisecond);
    this.#asOf = now;
    const beyond = this.#used + cost - MOST_AT_ONCE;
    if (beyond > 0) {
      const seconds = Math.ceil(beyond / perMillisecond / 1_000);
      throw new QuotaUsedUp(
        `this process has read too many slow files within a minute; try again in ${seconds} s, ` +
          "or read such files in a worker thread",
      );
    }
    this.#used += cost;
  }
}

/** The quota of this process, or worker thread. */
export const processQuota = new DerivationQuota(host.now);
