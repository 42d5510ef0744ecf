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

/** Counts the cost of one file, before it is spent. */
export class RoundBudget {
  #left = MAX_COST;

  /**
   * @param rounds as the file names them
   * @param cost of one of them, in rounds of PBKDF2
   * @throws TooManyRounds
   */
  spend(rounds: number, cost: number): void {
    if (rounds > MAX_ROUNDS || !(rounds * cost <= this.#left)) {
      const most = MAX_ROUNDS.toLocaleString("en");
      throw new TooManyRounds(
        `it asks for too much key derivation (over ${most} rounds, or too often); export it with fewer rounds`,
      );
    }
    this.#left -= rounds * cost;
  }
}
