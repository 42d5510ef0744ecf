/** How long a terminal and the tools between it and this process may take to deliver one Ctrl-C, perhaps twice. */
const echo = 300;

/**
 * Hears Ctrl-C, and SIGTERM like it: the first asks the demo to finish, the next one ends it at once. Ends with the
 * code that shells give for that signal.
 */
export class Interrupts {
  /** Set by the first signal: 130 or 143. */
  exitCode: number | undefined;
  readonly #onFirst: () => void;
  #first = 0;

  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
    process.on("SIGINT", this.#hear);
    process.on("SIGTERM", this.#hear);
  }

  readonly #hear = (_: NodeJS.Signals, number: number): void => {
    const exitCode = 128 + number;
    const now = performance.now();
    if (this.exitCode === undefined) {
      this.exitCode = exitCode;
      this.#first = now;
      this.#onFirst();
    } else if (now - this.#first > echo) {
      process.exit(exitCode);
    }
  };

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#hear);
    process.off("SIGTERM", this.#hear);
  }
}
