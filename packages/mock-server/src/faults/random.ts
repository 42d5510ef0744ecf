import { InvalidMockInput } from "../errors.ts";
import { shown } from "../printable.ts";

/** A seeded generator (sfc32): the same seed gives the same run of faults, latencies and ids. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed any integer; it is reduced to 32 bits */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) {
      throw new InvalidMockInput(`\`seed\` must be a whole number; received ${shown(seed)}`, "seed");
    }
    this.#a = seed | 0;
    this.#b = Math.trunc(seed / 2 ** 32) | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let round = 0; round < 12; round++) this.bits();
  }

  /** 32 random bits as a signed integer. */
  bits(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result;
  }

  /** A number from 0 (included) to 1 (excluded). */
  next(): number {
    return (this.bits() >>> 0) / 2 ** 32;
  }

  /** Normally distributed with mean 0 and deviation 1 (Box–Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /**
   * An id of the shape 8-4-4-4-12 in lower case. Its version and variant bits are random too, like Apple's.
   */
  id(): string {
    const a = this.#hex();
    const b = this.#hex();
    const c = this.#hex();
    return `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${this.#hex()}`;
  }

  #hex(): string {
    const bits = this.bits();
    return HEX[(bits >>> 16) & 0xffff]! + HEX[bits & 0xffff]!;
  }
}

/** All 65,536 four-digit numbers. Eight of them make an id without formatting. */
const HEX = Array.from({ length: 0x10000 }, (_, value) => value.toString(16).padStart(4, "0"));
