import * as v from "valibot";
import { InvalidMockInput } from "../errors.ts";
import { shown } from "../printable.ts";
import { type Field, number } from "../schema/field.ts";
import { Shape } from "../schema/shape.ts";
import type { Random } from "./random.ts";

/**
 * Time between arrival and answer, in milliseconds: a constant, an even distribution, a normal one (cut off
 * at zero), or a log-normal one with this median and 99th percentile, which is closest to a real service.
 */
export type Latency =
  | number
  | {
      /** The minimum, in milliseconds, from 0. */
      min: number;
      /** The maximum, in milliseconds, from `min`. */
      max: number;
    }
  | {
      /** The mean of the distribution before it is cut off; milliseconds, from 0. */
      mean: number;
      /** Standard deviation in milliseconds, from 0. */
      deviation: number;
    }
  | {
      /** Half of the answers take no longer; milliseconds, from 0. */
      median: number;
      /** 99 of 100 answers take no longer; milliseconds, from `median`. */
      p99: number;
    };

const Z99 = 2.3263478740408408;
const milliseconds = number(0, Number.MAX_VALUE, "milliseconds");
const FORMS: readonly (readonly [low: string, high: string])[] = [
  ["min", "max"],
  ["median", "p99"],
  ["mean", "deviation"],
];
const SHAPES = FORMS.map(
  ([low, high]) =>
    new Shape<Record<string, number>>("a latency", { [low]: milliseconds, [high]: milliseconds }, [
      low,
      high,
    ]),
);
const WANTED = "milliseconds, { min, max }, { mean, deviation } or { median, p99 }";

/**
 * Checks a latency.
 *
 * @throws InvalidMockInput that names the invalid number
 */
export function checkLatency(value: unknown): Latency {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  const given = typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  const at = FORMS.findIndex((form) => given && form.some((name) => name in given));
  if (!given || at < 0) {
    throw new InvalidMockInput(`\`latency\` must be ${WANTED}; received ${shown(value)}`, "latency");
  }
  const latency = SHAPES[at]!.check(given);
  const [low, high] = FORMS[at]!;
  if (low !== "mean" && latency[low]! > latency[high]!) {
    throw new InvalidMockInput(
      `\`${low}\` of a latency must not be above \`${high}\`; received ${latency[low]} and ${latency[high]}`,
      low,
    );
  }
  return latency as unknown as Latency;
}

/** A field that is a latency. */
export const latencyField: Field<Latency> = {
  schema: v.union([milliseconds.schema, ...SHAPES.map(({ schema }) => schema)]) as never,
  wanted: WANTED,
  read: (words) => parseLatency(words),
};

/** Makes a function that draws from the distribution. @throws InvalidMockInput for an invalid latency */
export function sampler(given: Latency, random: Random): () => number {
  const latency = checkLatency(given);
  if (typeof latency === "number") return () => latency;
  if ("min" in latency) {
    const { min, max } = latency;
    return () => min + (max - min) * random.next();
  }
  if ("median" in latency) {
    const { median, p99 } = latency;
    if (median === 0) return () => 0;
    const sigma = Math.log(p99 / median) / Z99;
    return () => median * Math.exp(sigma * random.normal());
  }
  const { mean, deviation } = latency;
  return () => Math.max(0, mean + deviation * random.normal());
}

/** The server's response time, which may change while the server runs. */
export class ResponseTime {
  readonly #random: Random;
  #latency: Latency;
  #sample: () => number;

  constructor(latency: Latency, random: Random) {
    this.#random = random;
    this.#latency = latency;
    this.#sample = sampler(latency, random);
  }

  /** The distribution of response times. */
  get latency(): Latency {
    return this.#latency;
  }

  /** Milliseconds for the next answer. */
  next(): number {
    return this.#sample();
  }

  set(latency: Latency): void {
    this.#sample = sampler(latency, this.#random);
    this.#latency = typeof latency === "number" ? latency : { ...latency };
  }
}

/**
 * Reads a latency: `50`, `20..80`, `mean=50,deviation=10` or `median=40,p99=250`, all in milliseconds.
 *
 * @throws InvalidMockInput for another form
 */
export function parseLatency(words: string): Latency {
  if (words.includes("=")) {
    const pairs = words.split(",").map((part) => part.split("=") as [string, string]);
    return checkLatency(Object.fromEntries(pairs.map(([name, value]) => [name.trim(), toNumber(value)])));
  }
  const [min, max, ...rest] = words.split("..").map(toNumber);
  if (min === undefined || rest.length > 0) {
    throw new InvalidMockInput(`\`latency\` must be like 50 or 20..80; received ${shown(words)}`, "latency");
  }
  return checkLatency(max === undefined ? min : { min, max });
}

function toNumber(words: string | undefined): number {
  const value = Number(words);
  if (words === undefined || words.trim() === "" || !Number.isFinite(value)) {
    throw new InvalidMockInput(`Not a number of milliseconds: ${shown(words ?? "")}`, "latency");
  }
  return value;
}
