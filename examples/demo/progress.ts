import { formatCount, formatDuration, formatShare, perSecond } from "./figures.ts";
import type { OutcomeKind } from "./outcome.ts";

/** The state of a run. */
export interface Standing {
  readonly settled: number;
  readonly total: number;
  readonly counts: Readonly<Record<OutcomeKind, number>>;
  /** Milliseconds since the first post. */
  readonly elapsed: number;
}

/** Returns one line with the state of the run, cut to `columns` characters. */
export function progressLine(
  { settled, total, counts, elapsed }: Standing,
  columns = Number.POSITIVE_INFINITY,
): string {
  const rate = perSecond(settled, elapsed);
  const parts = [
    `${formatCount(settled)}/${formatCount(total)}`,
    formatShare(settled, total),
    `${formatCount(rate)}/s`,
    settled < total && rate > 0
      ? `${formatDuration(((total - settled) / rate) * 1000)} left`
      : formatDuration(elapsed),
    `accepted ${formatCount(counts.accepted)}`,
    ...(["rejected", "unsent", "unknown"] as const)
      .filter((kind) => counts[kind] > 0)
      .map((kind) => `${kind} ${formatCount(counts[kind])}`),
  ];
  const line = parts.join("  ");
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

/** The part of a terminal or pipe that the progress needs. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

// A terminal shows one changing line. A file or a build log gets one line per second.
const redrawInterval = 100;
const plainInterval = 1000;

/**
 * Shows the state of a run: a live line on a terminal, plain lines elsewhere. It redraws by the clock, not
 * for each notification, so that the cost does not depend on the rate.
 */
export class Progress {
  readonly #output: Output;
  readonly #standing: () => Standing;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Output, standing: () => Standing) {
    this.#output = output;
    this.#standing = standing;
  }

  start(): void {
    this.#timer = setInterval(() => this.#show(), this.#output.isTTY ? redrawInterval : plainInterval);
  }

  /** Runs `print`, which may write lines, without mixing them with the live line. */
  interrupt(print: () => void): void {
    this.#clear();
    print();
    if (this.#timer !== undefined && this.#output.isTTY) this.#show();
  }

  /** Shows the state a last time and ends the live line. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#show();
    if (this.#output.isTTY) this.#output.write("\n");
  }

  #show(): void {
    if (this.#output.isTTY) {
      this.#clear();
      // Leaves one column free, because a full line would wrap on some terminals.
      this.#output.write(progressLine(this.#standing(), (this.#output.columns || 80) - 1));
    } else {
      this.#output.write(`${progressLine(this.#standing())}\n`);
    }
  }

  #clear(): void {
    if (this.#output.isTTY) this.#output.write("\r\u001b[2K");
  }
}
