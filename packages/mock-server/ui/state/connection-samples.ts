/** The server's report on a connection, twice a second. */
export interface ConnectionSample {
  readonly number: number;
  readonly state: "active" | "draining" | "closed";
  readonly inflight: number;
  /** Peak of concurrent requests since the previous sample. */
  readonly peak: number;
  readonly streamLimit: number;
  readonly refusedStreams: number;
  readonly requests: number;
  readonly refused: number;
  readonly unanswered: number;
  /** Incidents in its record so far. */
  readonly incidents: number;
}

/** One minute at two samples a second. */
const KEPT_SAMPLES = 120;

/** Streams in flight over time, by connection. Closed connections are removed. */
export class ConnectionSamples {
  readonly #series = new Map<number, number[]>();
  #latest: readonly ConnectionSample[] = [];

  add(connections: readonly ConnectionSample[]): void {
    this.#latest = connections;
    const open = new Set(connections.map(({ number }) => number));
    for (const number of this.#series.keys()) if (!open.has(number)) this.#series.delete(number);
    for (const { number, peak, inflight } of connections) this.#push(number, Math.max(peak, inflight));
  }

  /**
   * Repeats the last sample. The server reports changes only, so without a report the streams in flight are
   * the same.
   */
  repeat(): void {
    for (const { number, inflight } of this.#latest) this.#push(number, inflight);
  }

  /** The number of incidents of a connection; undefined if it is not among the open connections. */
  incidentsOf(number: number): number | undefined {
    return this.#latest.find((connection) => connection.number === number)?.incidents;
  }

  /** Streams in flight, oldest first. */
  of(number: number): readonly number[] {
    return this.#series.get(number) ?? [];
  }

  #push(number: number, value: number): void {
    const series = this.#series.get(number) ?? [];
    series.push(value);
    if (series.length > KEPT_SAMPLES) series.shift();
    this.#series.set(number, series);
  }
}

/** A text that changes when a connection opens, closes or has a new incident. */
export function recordsKey(connections: readonly ConnectionSample[]): string {
  return connections.map(({ number, incidents }) => `${number}:${incidents}`).join();
}

/** The series as points of an SVG line. */
export function linePoints(series: readonly number[], width: number, height: number): string {
  const most = Math.max(1, ...series);
  const step = width / (KEPT_SAMPLES - 1);
  const start = width - (series.length - 1) * step;
  return series
    .map(
      (value, at) =>
        `${(start + at * step).toFixed(1)},${(height - 1 - (value / most) * (height - 2)).toFixed(1)}`,
    )
    .join(" ");
}
