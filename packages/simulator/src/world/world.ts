import { SeededRandom } from "@apnskit/testkit/seeded-random";
import { EventHeap, type Timed } from "./event-heap.ts";
import { Trace } from "./trace.ts";

/** Something that will happen. */
export interface Scheduled extends Timed {
  /** It does not happen. */
  cancelled: boolean;
  run(): void;
}

/**
 * The true time, and everything that happens outside the process under test: packets on their way, servers at work,
 * faults. Its events run at their exact time, also while the process is suspended.
 */
export class World {
  readonly trace: Trace;
  /** What is wrong, as the oracles say; in the order in which it was found. */
  readonly findings: string[] = [];
  readonly #random: SeededRandom;
  readonly #events = new EventHeap<Scheduled>();
  #now = 0;
  #order = 0;

  /** @param seed an integer, 0 … 2³² − 1 */
  constructor(seed: number, trace: Trace = new Trace()) {
    this.#random = new SeededRandom(seed);
    this.trace = trace;
  }

  /** Milliseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** When the next event is due; `Infinity` if there is none. */
  get nextTime(): number {
    this.#dropCancelled();
    return this.#events.peek()?.time ?? Number.POSITIVE_INFINITY;
  }

  /** A generator for one part of the world. Parts are forked in a fixed order. */
  fork(): SeededRandom {
    return this.#random.fork();
  }

  /** Schedules an event at a time; at once if that has passed. */
  at(time: number, run: () => void): Scheduled {
    const event = { time: Math.max(quantum(time), this.#now), order: this.#order++, cancelled: false, run };
    this.#events.push(event);
    return event;
  }

  /** Schedules an event so many milliseconds from now. */
  after(delay: number, run: () => void): Scheduled {
    return this.at(this.#now + delay, run);
  }

  /** Runs all events up to a time, which becomes the present. */
  runUntil(time: number): void {
    while (this.nextTime <= time) this.runNext();
    this.#now = Math.max(this.#now, time);
  }

  /** Runs the next event at its time. */
  runNext(): void {
    this.#dropCancelled();
    const event = this.#events.pop();
    if (event === undefined) return;
    this.#now = event.time;
    event.run();
  }

  /** An oracle has found something wrong. */
  find(text: string): void {
    if (this.findings.length < 50) this.findings.push(`${(this.#now / 1_000).toFixed(4)} s: ${text}`);
    this.trace.line(this.#now, `FINDING ${text}`);
  }

  #dropCancelled(): void {
    while (this.#events.peek()?.cancelled) this.#events.pop();
  }
}

/** A time that sums and differences leave exact: a multiple of 1/1,024 ms. */
export function quantum(time: number): number {
  return Math.round(time * 1_024) / 1_024;
}
