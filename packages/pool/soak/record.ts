/** What the caller was told of a request. */
export const Outcome = { PENDING: 0, ACCEPTED: 1, REJECTED: 2, UNSENT: 3, UNKNOWN: 4 } as const;

export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export const outcomeNames = ["pending", "accepted", "rejected", "unsent", "unknown"] as const;

/** What was said of each request: two bytes each, laid out before the run, so that it does not count as growth. */
export class OutcomeRecord {
  readonly #outcomes: Uint8Array;
  readonly #settled: Uint8Array;

  constructor(count: number) {
    this.#outcomes = new Uint8Array(count);
    this.#settled = new Uint8Array(count);
  }

  get length(): number {
    return this.#outcomes.length;
  }

  settle(index: number, outcome: Outcome): void {
    this.#outcomes[index] = outcome;
    this.#settled[index] = Math.min(255, this.#settled[index]! + 1);
  }

  outcome(index: number): Outcome {
    return this.#outcomes[index] as Outcome;
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
