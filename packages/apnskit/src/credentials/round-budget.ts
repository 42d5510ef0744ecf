import { type DerivationQuota, processQuota } from "./derivation-quota.ts";

/** A file asks for more key derivation than is allowed. */
export class TooManyRounds extends Error {}

/**
 * The most rounds of one derivation: 600,000, as in files of NSS and GnuTLS; OpenSSL and Keychain write
 * 2,048. The file states its own number: without a limit, 76 octets could stop the process for half an hour.
 */
export const MAX_ROUNDS = 600_000;

/**
 * The cost of all derivations of one file, in rounds of PBKDF2: about a second of one core. It is enough for
 * three derivations with the most rounds: MAC, key and certificate.
 */
export const MAX_COST = 5_000_000;

/**
 * Above this cost, about 40 ms of a core, a file is slow, and the rest counts against the quota that all slow
 * files share. Files of OpenSSL and Keychain cost less than a tenth of it, so other files cannot block them.
 */
export const FREE_COST = 200_000;

/** Counts the cost of one file before it is spent. */
export class RoundBudget {
  readonly #quota: DerivationQuota;
  #spent = 0;

  /** @param quota shared by all slow files; the process's by default */
  constructor(quota: DerivationQuota = processQuota) {
    this.#quota = quota;
  }

  /**
   * @param rounds as the file states them
   * @param cost of one round, in rounds of PBKDF2
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
