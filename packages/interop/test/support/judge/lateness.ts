import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late the event loop was. What depends on time is judged with that in mind, so that a busy machine fails no test. */
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
