/** How long a terminal and the tools between it and this process may take to deliver one Ctrl-C, perhaps twice. */
const ECHO = 300;

/**
 * Hears Ctrl-C, and SIGTERM like it. The first asks the command to finish; the next aborts what is under way, and after
 * that one more ends the process at once.
 */
export class Interrupts {
  /** Whether there was one. */
  happened = false;
  readonly #abort = new AbortController();
  readonly #onFirst: (() => void) | undefined;
  #last = 0;

  /** @param onFirst what the first one does; without it, the first one aborts */
  constructor(onFirst?: () => void) {
    this.#onFirst = onFirst;
    process.on("SIGINT", this.#hear);
    process.on("SIGTERM", this.#hear);
  }

  /** Aborts what is under way. */
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
