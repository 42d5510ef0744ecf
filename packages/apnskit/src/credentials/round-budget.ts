import { type DerivationQuota, processQuota } from "./derivation-quota.ts";

/** A file asks for more key derivation than it may. */
export class TooManyRounds extends Error {}

/**
 * The rounds of one derivation: 600,000, as NSS and GnuTLS write them; OpenSSL and Keychain write 2,048. A file names its
 * own number, so that without a limit 76 octets could stop the process for half an hour.
 */
export const MAX_ROUNDS = 600_000;

/**
 * The cost of all derivations of one file, in rounds of PBKDF2: about a second of one core. It suffices for three
 * derivations with the most rounds: MAC, key and certificate.
 */
export const MAX_COST = 5_000_000;

/**
 * The cost above which a file is slow, about 40 ms of a core, and the rest comes out of the quota that all slow files
 * share. The files of OpenSSL and Keychain cost less than a tenth of it, so no other file can keep them out.
 */
export const FREE_COST = 200_000;

/** Counts the cost of one file, before it is spent. */
export class RoundBudget {
  readonly #quota: DerivationQuota;
  #spent = 0;

  /** @param quota what all slow files share; the process's by default */
  constructor(quota: DerivationQuota = processQuota) {
    this.#quota = quota;
  }

  /**
   * @param rounds as the file names them
   * @param cost of one of them, in rounds of PBKDF2
   * @throws TooManyRounds
   * @throws QuotaUsedUp
   */
  spend(rounds: number, cost: number): void {
    const spent = this.#spent + rounds * cost;
    if (rounds > MAX_ROUNDS || !(spent <= MAX_COST)) {
      const most = MAX_ROUNDS.toLocaleString("en");
      throw new TooManyRounds(
        `it asks for too much key derivation (over ${most} rounds, or too often); export it with fewer rounds`,
      );
    }
    const slow = spent - Math.max(this.#spent, FREE_COST);
    if (slow > 0) this.#quota.take(slow);
    this.#spent = spent;
  }
}
