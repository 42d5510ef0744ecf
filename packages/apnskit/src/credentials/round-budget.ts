/** A file asks for more key derivation than {@link MAX_ROUNDS}. */
export class TooManyRounds extends Error {}

/**
 * The rounds of key derivation that one file may cost altogether: about 0.4 s of one core. Common tools write 2,000 to
 * 600,000. A file names its own number, so that without a limit 76 octets could stop the process for half an hour.
 */
export const MAX_ROUNDS = 1_000_000;

/** Counts the rounds that one file costs, before they are computed. */
export class RoundBudget {
  #left = MAX_ROUNDS;

  /** @throws TooManyRounds */
  spend(rounds: number): void {
    if (!(rounds <= this.#left)) {
      throw new TooManyRounds(
        `its passphrase is stretched by more than ${MAX_ROUNDS.toLocaleString("en")} rounds; export it with fewer`,
      );
    }
    this.#left -= rounds;
  }
}
