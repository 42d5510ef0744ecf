import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { World } from "../world/world.ts";

/** The usual quality of a network. */
export interface Quality {
  /** Milliseconds from one end to the other. */
  readonly latency: number;
  /** Milliseconds that come on top, at most. */
  readonly jitter: number;
  /** Octets in a millisecond. */
  readonly bandwidth: number;
  /** Octets of a segment at most. */
  readonly segment: number;
  /** Octets that may be on the way, or wait for a receiver that does not read. */
  readonly buffer: number;
}

/** From the process to APNs, and back. */
export type Direction = "up" | "down";

/** The way between the process and the machines of APNs, with its weather. */
export class Route {
  readonly quality: Quality;
  readonly #world: World;
  readonly #random: SeededRandom;
  /** Latency is multiplied with the greatest of these factors. */
  readonly #slowness: number[] = [1];
  /** Bandwidth is divided by `factor` until a time. */
  #narrow = { factor: 1, until: 0 };
  readonly #cuts: Record<Direction, number> = { up: 0, down: 0 };
  readonly #held: Record<Direction, (() => void)[]> = { up: [], down: [] };

  constructor(world: World, quality: Quality) {
    this.#world = world;
    this.#random = world.fork();
    this.quality = quality;
  }

  /** Milliseconds that the next packet takes. */
  latency(): number {
    const { latency, jitter } = this.quality;
    return (latency + this.#random.next() * jitter) * Math.max(...this.#slowness);
  }

  /**
   * Latency is more for so many milliseconds. Of factors that overlap the greatest counts: their product would keep
   * packets under way long after the weather has cleared.
   */
  slow(factor: number, duration: number): void {
    this.#slowness.push(factor);
    this.#world.after(duration, () => void this.#slowness.splice(this.#slowness.indexOf(factor), 1));
  }

  /** When octets have left whose turn comes at `from`. */
  departure(from: number, octets: number): number {
    const usual = octets / this.quality.bandwidth;
    const { factor, until } = this.#narrow;
    return from < until ? Math.min(from + usual * factor, until + usual) : from + usual;
  }

  /** Bandwidth is less for so many milliseconds. */
  narrow(factor: number, duration: number): void {
    this.#narrow = { factor, until: this.#world.now + duration };
  }

  /** Octets of the next segment. */
  segment(): number {
    return this.#random.integer(1, this.quality.segment);
  }

  isCut(direction: Direction): boolean {
    return this.#cuts[direction] > 0;
  }

  /** Nothing gets through in a direction for so many milliseconds; what is sent meanwhile arrives afterwards. */
  cut(direction: Direction, duration: number): void {
    this.#cuts[direction]++;
    this.#world.after(duration, () => {
      if (--this.#cuts[direction] > 0) return;
      const held = this.#held[direction];
      this.#held[direction] = [];
      // Retransmission backs off: the longer the cut was, the later the sender tries again (RFC 6298 §5.5).
      const wait = this.#random.next() * Math.min(duration, 30_000);
      this.#world.after(wait, () => {
        for (const deliver of held) this.arrive(direction, deliver);
      });
    });
  }

  /** A packet reaches the other end, unless the way is cut. */
  arrive(direction: Direction, deliver: () => void): void {
    if (this.isCut(direction)) this.#held[direction].push(deliver);
    else deliver();
  }
}
