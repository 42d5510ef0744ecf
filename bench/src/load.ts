import { build, type Histogram } from "hdr-histogram-js";
import type { Latency, Load } from "./messages.ts";

/** The results of one load. */
export interface Answers {
  accepted: number;
  failures: Record<string, number>;
  latency?: Latency | null;
}

/** The value that a client resolves with. The bench takes it unchanged, so it adds no promise per request. */
export type Answer = number | { readonly status: number };

type Post = (index: number) => Promise<Answer>;

/** Keeps a constant number in flight: each lane sends its next notification after the answer to the last. */
export async function closedLoop(post: Post, load: Extract<Load, { kind: "closed" }>): Promise<Answers> {
  const { count, inflight } = load;
  const tally = new Tally();
  const histogram = load.latency ? newHistogram() : undefined;
  let next = 0;
  async function lane(): Promise<void> {
    while (next < count) {
      const start = histogram === undefined ? 0 : performance.now();
      try {
        tally.answered(await post(next++));
      } catch (error) {
        tally.failed(error);
      }
      histogram?.recordValue(microseconds(performance.now() - start));
    }
  }
  await Promise.all(Array.from({ length: Math.min(inflight, count) }, lane));
  return { ...tally.answers(), latency: histogram === undefined ? null : latencyOf(histogram) };
}

/** Sends at fixed moments, and times each notification from the moment when it was due. */
export function openLoop(post: Post, load: Extract<Load, { kind: "open" }>): Promise<Answers> {
  const { count, ratePerSecond } = load;
  const tally = new Tally();
  const histogram = newHistogram();
  const start = performance.now();
  const dueAt = (index: number) => start + (index * 1000) / ratePerSecond;
  return new Promise((resolve) => {
    let sent = 0;
    let settled = 0;
    function settle(due: number): void {
      histogram.recordValue(microseconds(performance.now() - due));
      if (++settled === count) resolve({ ...tally.answers(), latency: latencyOf(histogram) });
    }
    async function send(index: number): Promise<void> {
      try {
        tally.answered(await post(index));
      } catch (error) {
        tally.failed(error);
      }
      settle(dueAt(index));
    }
    // Runs on every turn of the event loop. A timer is late by about a millisecond, which every value would
    // include.
    function turn(): void {
      const now = performance.now();
      while (sent < count && dueAt(sent) <= now) void send(sent++);
      if (sent < count) setImmediate(turn);
    }
    turn();
  });
}

class Tally {
  #accepted = 0;
  readonly #failures: Record<string, number> = {};

  answered(answer: Answer): void {
    const status = typeof answer === "number" ? answer : answer.status;
    if (status === 200) this.#accepted++;
    else this.#count(`status ${status}`);
  }

  failed(error: unknown): void {
    const { code, name, message } = error as { code?: string; name?: string; message?: string };
    this.#count(String(code ?? name ?? message ?? error));
  }

  #count(kind: string): void {
    this.#failures[kind] = (this.#failures[kind] ?? 0) + 1;
  }

  answers(): Answers {
    return { accepted: this.#accepted, failures: this.#failures };
  }
}

/** Records microseconds with three significant digits, up to ten minutes. */
function newHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
  });
}

function microseconds(milliseconds: number): number {
  return Math.max(1, Math.round(milliseconds * 1000));
}

function latencyOf(histogram: Histogram): Latency {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000;
  return {
    mean: histogram.mean / 1000,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue / 1000,
  };
}
