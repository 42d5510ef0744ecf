import type { Told } from "./order.ts";

/** Sums over many runs. */
export class Tally {
  seeds = 0;
  failed = 0;
  requests = 0;
  turns = 0;
  /** Milliseconds of simulated time. */
  simulated = 0;
  readonly #begun = performance.now();

  add({ findings, requests, turns, simulated }: Told): void {
    this.seeds++;
    if (findings.length > 0) this.failed++;
    this.requests += requests;
    this.turns += turns;
    this.simulated += simulated;
  }

  /** Seconds since it was begun. */
  get seconds(): number {
    return (performance.now() - this.#begun) / 1_000;
  }

  toString(): string {
    const { seconds } = this;
    const hours = this.simulated / 3_600_000;
    return [
      `${this.seeds} seeds in ${seconds.toFixed(1)} s (${(this.seeds / seconds).toFixed(1)} a second)`,
      `${hours.toFixed(1)} simulated hours (${((hours / seconds) * 60).toFixed(0)} a minute)`,
      `${this.requests} requests, ${this.turns} turns of the event loop`,
      `${this.failed} seeds with findings`,
    ].join("; ");
  }
}
