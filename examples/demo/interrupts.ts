/**
 * Milliseconds within which a second signal counts as the same Ctrl-C. A terminal and its tools may deliver
 * one Ctrl-C twice.
 */
const echo = 300;

/**
 * Handles Ctrl-C and SIGTERM. The first signal asks the demo to finish, the next signal ends it at once. The
 * exit code is the shell's code for that signal.
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
