/**
 * A random generator that gives the same sequence for the same seed on every machine, so that a printed seed
 * can repeat a random run. Not for secrets.
 */
export class SeededRandom {
  readonly seed: number;
  #state: number;

  /** @param seed an integer, 0 – 2³² − 1 */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
      throw new RangeError(`seed must be an integer from 0 to 2^32 - 1; received ${seed}`);
    }
    this.seed = seed;
    this.#state = seed;
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    // A Weyl sequence whose values are mixed by two multiplications: period 2^32, enough for choosing faults.
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, both inclusive. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True once in `1 / probability` calls. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError("pick needs at least one value; received none");
    return from[this.integer(0, from.length - 1)]!;
  }

  /** A choice by weight: `weighted({ ok: 95, reset: 3, goaway: 2 })`. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let rest = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      if (rest < weight) return name;
      rest -= weight;
    }
    throw new RangeError("weights must include at least one weight above 0");
  }

  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
    }
    return shuffled;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.integer(0, 255)));
  }

  /** Returns an independent generator, so that the draws of one part do not change those of another. */
  fork(): SeededRandom {
    return new SeededRandom(Math.floor(this.next() * 2 ** 32));
  }
}
