import { host } from "@apnskit/connection/internal";

/** The slow files of this process have used up the shared quota. The same file may open later. */
export class QuotaUsedUp extends Error {}

/** The cost of slow files at once, in rounds of PBKDF2: four of the slowest, about four seconds of a core. */
const MOST_AT_ONCE = 20_000_000;
/** Milliseconds in which the whole quota is restored. */
const RESTORE_TIME = 60_000;

/**
 * Limits the key derivation that slow files share in a process. Without it, files of many tenants, each
 * within its own bound, would block the event loop for minutes if they arrive together.
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
