import { monitorEventLoopDelay } from "node:perf_hooks";

/**
 * The lateness of the event loop. The judge allows for it in time limits, so that a busy machine fails no
 * test.
 */
export class Lateness {
  readonly #delay = monitorEventLoopDelay({ resolution: 5 });

  start(): void {
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  /** Milliseconds, at most, since the start. */
  get worst(): number {
    return this.#delay.max / 1e6;
  }
}
