/** The outcome of a request, as the caller got it. */
export const Outcome = { PENDING: 0, ACCEPTED: 1, REJECTED: 2, UNSENT: 3, UNKNOWN: 4 } as const;

export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export const outcomeNames = ["pending", "accepted", "rejected", "unsent", "unknown"] as const;

const UNNAMED = 255;
const MOST_ATTEMPTS = 254;

/**
 * The outcome of each request. Takes three bytes per request, allocated before the run, so that they do not
 * count as growth.
 */
export class OutcomeRecord {
  readonly #outcomes: Uint8Array;
  readonly #settled: Uint8Array;
  readonly #attempts: Uint8Array;

  constructor(count: number) {
    this.#outcomes = new Uint8Array(count);
    this.#settled = new Uint8Array(count);
    this.#attempts = new Uint8Array(count);
  }

  get length(): number {
    return this.#outcomes.length;
  }

  /** @param attempts the outcome's number of attempts; `undefined` if it has none */
  settle(index: number, outcome: Outcome, attempts?: number): void {
    this.#attempts[index] = attempts === undefined ? UNNAMED : Math.min(MOST_ATTEMPTS, attempts);
    this.#outcomes[index] = outcome;
    this.#settled[index] = Math.min(255, this.#settled[index]! + 1);
  }

  outcome(index: number): Outcome {
    return this.#outcomes[index] as Outcome;
  }

  /**
   * The outcome's number of attempts; `undefined` if it had none. A number that does not fit into a byte
   * counts as none.
   */
  attempts(index: number): number | undefined {
    const attempts = this.#attempts[index]!;
    return attempts >= MOST_ATTEMPTS ? undefined : attempts;
  }

  /** How often the request was settled. Once is correct. */
  timesSettled(index: number): number {
    return this.#settled[index]!;
  }

  /** The number of requests per outcome. */
  totals(): Record<(typeof outcomeNames)[number], number> {
    const totals = { pending: 0, accepted: 0, rejected: 0, unsent: 0, unknown: 0 };
    for (const outcome of this.#outcomes) totals[outcomeNames[outcome]!]++;
    return totals;
  }
}
