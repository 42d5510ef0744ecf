/** One operation, measured by itself. */
export interface MicroCase {
  group: string;
  name: string;
  /** Operations per batch. A sample holds a whole number of batches. Default 1. */
  batch?: number;
  /**
   * Prepares the case outside the measurement. The returned function performs the operation `times` times.
   */
  prepare(): MicroRun;
}

/** Returns a value that depends on every operation, so that the compiler cannot drop an operation. */
export type MicroRun = (times: number) => number;

export interface MicroResult {
  group: string;
  name: string;
  /** Operations in each sample. */
  times: number;
  /** Nanoseconds per operation of each sample. */
  samples: number[];
}

const LONG_ENOUGH = 10;
const MOST_TIMES = 2 ** 24;

/**
 * Finds the number of operations that fill `sampleTime` ms, which also warms up the case. Then takes the
 * samples.
 */
export function measureCase(
  { group, name, batch = 1, prepare }: MicroCase,
  samples: number,
  sampleTime = LONG_ENOUGH,
): MicroResult {
  const run = prepare();
  let times = batch;
  while (timed(run, times) < sampleTime && times < MOST_TIMES) times *= 2;
  const result: number[] = [];
  for (let i = 0; i < samples; i++) result.push((timed(run, times) * 1e6) / times);
  return { group, name, times, samples: result };
}

let kept = 0;

function timed(run: MicroRun, times: number): number {
  const start = performance.now();
  kept ^= run(times);
  return performance.now() - start;
}

/** The combined return values of all runs. Reading them keeps the compiler from dropping the work. */
export function checksum(): number {
  return kept;
}
