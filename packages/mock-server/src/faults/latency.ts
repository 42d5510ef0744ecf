import type { Random } from "./random.ts";

/**
 * Time between arrival and answer, in milliseconds: a constant, an even distribution, a normal one (cut off at zero),
 * or the log-normal one with this median and 99th percentile, which resembles a real service best.
 */
export type Latency =
  | number
  | {
      /** The least, in milliseconds, from 0. */
      min: number;
      /** The most, in milliseconds, from `min`. */
      max: number;
    }
  | {
      /** Of the distribution before it is cut off; milliseconds, from 0. */
      mean: number;
      /** Standard deviation in milliseconds, from 0. */
      deviation: number;
    }
  | {
      /** Half take no longer; milliseconds, from 0. */
      median: number;
      /** 99 of 100 take no longer; milliseconds, from `median`. */
      p99: number;
    };

const Z99 = 2.3263478740408408;

/**
 * Makes a function that draws from the distribution.
 *
 * @throws RangeError if a number is negative, not finite, or the pair is out of order; TypeError for another shape.
 */
export function sampler(latency: Latency, random: Random): () => number {
  if (typeof latency === "number") {
    check("latency", latency);
    return () => latency;
  }
  if ("min" in latency) {
    const { min, max } = ordered(latency, "min", "max");
    return () => min + (max - min) * random.next();
  }
  if ("median" in latency) {
    const { median, p99 } = ordered(latency, "median", "p99");
    if (median === 0) return () => 0;
    const sigma = Math.log(p99 / median) / Z99;
    return () => median * Math.exp(sigma * random.normal());
  }
  if ("mean" in latency) {
    const { mean, deviation } = latency;
    check("mean", mean);
    check("deviation", deviation);
    return () => Math.max(0, mean + deviation * random.normal());
  }
  throw new TypeError(`latency has an unknown form: ${JSON.stringify(latency)}`);
}

function ordered<Low extends string, High extends string>(
  latency: Record<Low | High, number>,
  low: Low,
  high: High,
): Record<Low | High, number> {
  check(low, latency[low]);
  check(high, latency[high]);
  if (latency[low] > latency[high]) {
    throw new RangeError(`${low} (${latency[low]}) must not be above ${high} (${latency[high]})`);
  }
  return latency;
}

function check(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) {
    throw new RangeError(`${name} must be a number of milliseconds, 0 or more, got ${String(value)}`);
  }
}
