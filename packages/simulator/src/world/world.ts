import { SeededRandom } from "@apnskit/testkit/seeded-random";
import { EventHeap, type Timed } from "./event-heap.ts";
import { Trace } from "./trace.ts";

/** Something that happens in the world. {@link World.schedule} sets its time. */
export interface WorldEvent extends Timed {
  time: number;
  order: number;
  run(): void;
}

/** A callback that the world calls at a time. */
export class ScheduledCall implements WorldEvent {
  time = 0;
  order = 0;
  #callback: (() => void) | undefined;

  constructor(callback: () => void) {
    this.#callback = callback;
  }

  run(): void {
    this.#callback?.();
  }

  cancel(): void {
    this.#callback = undefined;
  }
}

/**
 * The true time, and everything that happens outside the process under test: packets, servers, faults. Its
 * events run at their exact time, also while the process is suspended.
 */
export class World {
  readonly trace: Trace;
  /** Findings of the oracles, in order. */
  readonly findings: string[] = [];
  readonly #random: SeededRandom;
  readonly #events = new EventHeap<WorldEvent>();
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
    const next = this.#events.peek();
    return next === undefined ? Number.POSITIVE_INFINITY : next.time;
  }

  /** A generator for one part of the world. Parts are forked in a fixed order. */
  fork(): SeededRandom {
    return this.#random.fork();
  }

  /** Schedules a call at a time; at once if that has passed. */
  at(time: number, callback: () => void): ScheduledCall {
    const call = new ScheduledCall(callback);
    this.schedule(call, time);
    return call;
  }

  /** Schedules a call so many milliseconds from now. */
  after(delay: number, callback: () => void): ScheduledCall {
    return this.at(this.#now + delay, callback);
  }

  /** Schedules an event at a time; at once if that has passed. An event is scheduled once. */
  schedule(event: WorldEvent, time: number): void {
    event.time = Math.max(quantum(time), this.#now);
    event.order = this.#order++;
    this.#events.push(event);
  }

  /** Runs all events up to a time, which becomes the present. */
  runUntil(time: number): void {
    while (this.nextTime <= time) this.runNext();
    this.#now = Math.max(this.#now, time);
  }

  /** Runs the next event at its time. */
  runNext(): void {
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
}

/** A time that sums and differences leave exact: a multiple of 1/1,024 ms. */
export function quantum(time: number): number {
  return Math.round(time * 1_024) / 1_024;
}
