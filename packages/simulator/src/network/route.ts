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

/** A packet, or a call, that a cut holds back. */
interface Held {
  run(): void;
}

/** From the process to APNs, and back. */
export type Direction = "up" | "down";

/** The way between the process and the machines of APNs, with its weather. */
export class Route {
  readonly quality: Quality;
  readonly #world: World;
  readonly #random: SeededRandom;
  /** Latency is multiplied with the greatest of these factors, which is `#slowest`. */
  readonly #slowness: number[] = [1];
  #slowest = 1;
  /** Bandwidth is divided by `factor` until a time. */
  #narrow = { factor: 1, until: 0 };
  readonly #cuts: Record<Direction, number> = { up: 0, down: 0 };
  readonly #held: Record<Direction, Held[]> = { up: [], down: [] };

  constructor(world: World, quality: Quality) {
    this.#world = world;
    this.#random = world.fork();
    this.quality = quality;
  }

  /** Milliseconds that the next packet takes. */
  latency(): number {
    const { latency, jitter } = this.quality;
    return (latency + this.#random.next() * jitter) * this.#slowest;
  }

  /**
   * Latency is more for so many milliseconds. Of factors that overlap the greatest counts: their product
   * would keep packets under way long after the weather has cleared.
   */
  slow(factor: number, duration: number): void {
    this.#slowness.push(factor);
    this.#slowest = Math.max(...this.#slowness);
    this.#world.after(duration, () => {
      this.#slowness.splice(this.#slowness.indexOf(factor), 1);
      this.#slowest = Math.max(...this.#slowness);
    });
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

  /** Nothing gets through in a direction for so many milliseconds. Packets of that time arrive afterwards. */
  cut(direction: Direction, duration: number): void {
    this.#cuts[direction]++;
    this.#world.after(duration, () => {
      if (--this.#cuts[direction] > 0) return;
      const held = this.#held[direction];
      this.#held[direction] = [];
      // Retransmission backs off: the longer the cut was, the later the sender tries again (RFC 6298 §5.5).
      const wait = this.#random.next() * Math.min(duration, 30_000);
      this.#world.after(wait, () => {
        for (const one of held) one.run();
      });
    });
  }

  /** Something that arrives during a cut arrives again some time after the cut. */
  hold(direction: Direction, held: Held): void {
    this.#held[direction].push(held);
  }

  /** Calls back now, or some time after the cut. */
  arrive(direction: Direction, callback: () => void): void {
    if (this.isCut(direction)) this.hold(direction, { run: () => this.arrive(direction, callback) });
    else callback();
  }
}
