/** One operation, measured by itself. */
export interface MicroCase {
  group: string;
  name: string;
  /** Operations that are done together: samples hold a whole number of them. Default 1. */
  batch?: number;
  /** Prepares what is not to be measured; the result performs the operation `times` times. */
  prepare(): MicroRun;
}

/** Returns something that depends on every operation, so that the compiler cannot leave one out. */
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

/** Finds how often to run it so that a sample takes `sampleTime` ms, warms it up on the way, and takes the samples. */
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

/** What the runs returned, combined: reading it is what keeps their work alive. */
export function checksum(): number {
  return kept;
}
