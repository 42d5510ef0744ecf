/** Milliseconds in which a terminal and the tools in between may deliver one Ctrl-C twice. */
const ECHO = 300;

/**
 * Handles Ctrl-C and SIGTERM. The first one asks the command to finish, the second aborts notifications in
 * flight, and the third ends the process at once.
 */
export class Interrupts {
  /** Whether there was a signal. */
  happened = false;
  readonly #abort = new AbortController();
  readonly #onFirst: (() => void) | undefined;
  #last = 0;

  /** @param onFirst the effect of the first signal; without it, the first signal aborts */
  constructor(onFirst?: () => void) {
    this.#onFirst = onFirst;
    process.on("SIGINT", this.#hear);
    process.on("SIGTERM", this.#hear);
  }

  /** Aborts notifications in flight. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly #hear = (): void => {
    const now = performance.now();
    if (this.happened && now - this.#last < ECHO) return;
    this.#last = now;
    if (!this.happened && this.#onFirst !== undefined) {
      this.happened = true;
      this.#onFirst();
      return;
    }
    this.happened = true;
    if (this.#abort.signal.aborted) process.exit(130);
    this.#abort.abort();
  };

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#hear);
    process.off("SIGTERM", this.#hear);
  }
}
