/** What the caller was told of a request. */
export const Outcome = { PENDING: 0, ACCEPTED: 1, REJECTED: 2, UNSENT: 3, UNKNOWN: 4 } as const;

export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export const outcomeNames = ["pending", "accepted", "rejected", "unsent", "unknown"] as const;

const UNNAMED = 255;
const MOST_ATTEMPTS = 254;

/** What was said of each request: three bytes each, laid out before the run, so that it does not count as growth. */
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

  /** @param attempts as the outcome names them; `undefined` where it names none */
  settle(index: number, outcome: Outcome, attempts?: number): void {
    this.#attempts[index] = attempts === undefined ? UNNAMED : Math.min(MOST_ATTEMPTS, attempts);
    this.#outcomes[index] = outcome;
    this.#settled[index] = Math.min(255, this.#settled[index]! + 1);
  }

  outcome(index: number): Outcome {
    return this.#outcomes[index] as Outcome;
  }

  /** Attempts that the outcome named; `undefined` for none. A number that does not fit counts as none. */
  attempts(index: number): number | undefined {
    const attempts = this.#attempts[index]!;
    return attempts >= MOST_ATTEMPTS ? undefined : attempts;
  }

  /** How often it was settled: once is right. */
  timesSettled(index: number): number {
    return this.#settled[index]!;
  }

  /** How many ended in each way. */
  totals(): Record<(typeof outcomeNames)[number], number> {
    const totals = { pending: 0, accepted: 0, rejected: 0, unsent: 0, unknown: 0 };
    for (const outcome of this.#outcomes) totals[outcomeNames[outcome]!]++;
    return totals;
  }
}
