import { SeededRandom } from "@apnskit/testkit/seeded-random";
import { EventHeap, type Timed } from "../world/event-heap.ts";
import { EventKind } from "../world/trace.ts";
import { quantum, type World } from "../world/world.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

/** How late the event loop is. */
export interface Lateness {
  /** Share of the turns that begin late, 0 … 1. */
  readonly chance: number;
  /** Milliseconds of delay at most. */
  readonly most: number;
}

/** A stretch of time in which the process did not run, by its own monotonic clock. */
export interface Pause {
  readonly from: number;
  readonly to: number;
}

type Callback = () => void;
type Phase = "waiting" | "timers" | "poll" | "check";

/** Draws that were added later have their own generators: runs of older seeds stay as they are. */
const WAKING_DRAWS = 0x3a5e_0d17;

/** Node refuses longer delays in the same way. */
const LONGEST_DELAY = 0x7fff_ffff;

/** A timer of the simulated process; has the methods of Node's `Timeout` that the engine uses. */
export class SimulatedTimer implements Timed {
  readonly time: number;
  readonly order: number;
  readonly callback: Callback;
  cancelled = false;
  /** Whether it would keep a process alive. */
  holds = true;
  /** True: the engine has set it, and no caller. */
  isEngines = false;
  /** The process that has set it, if processes end in this run. */
  process: SimulatedProcess | undefined;

  constructor(time: number, order: number, callback: Callback) {
    this.time = time;
    this.order = order;
    this.callback = callback;
  }

  ref(): this {
    this.holds = true;
    return this;
  }

  unref(): this {
    this.holds = false;
    return this;
  }
}

/**
 * The event loop and the clocks of the process under test. A turn has Node's phases: timers, then arrivals,
 * then immediates. After a pause, timers may come after the other two. Each callback runs in a real turn of
 * the event loop, so that ticks and promises follow it as they do in Node.
 *
 * Turns take no time by themselves. Between two turns the process may be late, paused or suspended.
 */
export class EventLoop {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #wakingRandom: SeededRandom;
  readonly #lateness: Lateness;
  /** Wall-clock milliseconds when the world begins. */
  readonly #epoch: number;
  readonly #timers = new EventHeap<SimulatedTimer>();
  readonly #pauses: Pause[] = [];
  #order = 0;
  #arrived: Callback[] = [];
  #immediates: Callback[] = [];
  #phase: Phase = "waiting";
  /** Callbacks of this phase, and how many of them have run. */
  #batch: Callback[] = [];
  #done = 0;
  #liveEngineTimers = 0;
  /** Milliseconds that the monotonic clock stood still. */
  #stoodStill = 0;
  #wallOffset = 0;
  #pausedUntil = 0;
  /** The next turn handles arrivals before it runs timers. */
  #readsFirst = false;
  #turns = 0;
  /** The process whose callback runs, if processes end in this run. */
  current: SimulatedProcess | undefined;
  /** Told of each turn, before it begins. */
  onTurn: () => void = () => {};

  constructor(world: World, lateness: Lateness, epoch: number) {
    this.#world = world;
    this.#random = world.fork();
    this.#wakingRandom = new SeededRandom((this.#random.seed ^ WAKING_DRAWS) >>> 0);
    this.#lateness = lateness;
    this.#epoch = epoch;
  }

  /** Monotonic milliseconds. */
  readonly now = (): number => this.#world.now - this.#stoodStill;

  /** Wall-clock milliseconds since 1970. */
  readonly epoch = (): number => Math.floor(this.#epoch + this.#world.now + this.#wallOffset);

  /** When it did not run, in order. */
  get pauses(): readonly Pause[] {
    return this.#pauses;
  }

  /** Turns so far. */
  get turns(): number {
    return this.#turns;
  }

  /** Timers of the engine that have not fired. */
  get liveEngineTimers(): number {
    return this.#liveEngineTimers;
  }

  readonly setTimeout = (callback: Callback, delay = 1): SimulatedTimer => {
    // As Node does: whole milliseconds, at least one, counted from the whole millisecond in which the turn
    // began.
    const whole = delay >= 1 && delay <= LONGEST_DELAY ? Math.trunc(delay) : 1;
    const timer = new SimulatedTimer(
      Math.floor(this.now()) + whole,
      this.#order++,
      this.#within(callback, this.current),
    );
    timer.process = this.current;
    this.#timers.push(timer);
    return timer;
  };

  /** The same, for the engine. */
  readonly setEngineTimeout = (callback: Callback, delay?: number): SimulatedTimer => {
    const timer = this.setTimeout(callback, delay);
    timer.isEngines = true;
    this.#liveEngineTimers++;
    return timer;
  };

  readonly clearTimeout = (timer: SimulatedTimer | undefined): void => {
    if (timer !== undefined) this.#cancel(timer);
  };

  readonly setImmediate = (callback: Callback): void => {
    this.#immediates.push(this.#within(callback, this.current));
  };

  /** Something has arrived that the process reads when it gets to it. */
  arrive(callback: Callback, process: SimulatedProcess | undefined = this.current): void {
    this.#arrived.push(this.#within(callback, process));
  }

  /** Ends one process: none of its callbacks runs from now on. */
  kill(process: SimulatedProcess): void {
    process.die();
    for (const timer of this.#timers.all()) if (timer.process === process) this.#cancel(timer);
  }

  /** Lets a suspended process run again: it finds at once all that it has missed. */
  wake(process: SimulatedProcess): void {
    for (const callback of process.wake()) this.arrive(callback, process);
  }

  /** The process does not run for so long. @param stands true: its monotonic clock stands still meanwhile */
  pause(duration: number, stands: boolean): void {
    const { now } = this.#world;
    const from = Math.max(this.#pausedUntil, now);
    const until = Math.max(from, quantum(now + duration));
    const start = from - this.#stoodStill;
    if (stands) this.#stoodStill += until - from;
    this.#pauses.push({ from: start, to: until - this.#stoodStill });
    this.#pausedUntil = until;
    // A process that was stopped while it waited for its sockets goes on there. Timers follow.
    this.#readsFirst = this.#wakingRandom.chance(0.5);
  }

  /** The wall clock is set. @param by milliseconds, positive: forward */
  setWallClock(by: number): void {
    this.#wallOffset += by;
  }

  /** The latest time at which a callback that was due at `instant` has run; monotonic milliseconds. */
  latest(instant: number, slack: number): number {
    let limit = instant + slack;
    for (const { from, to } of this.#pauses) {
      if (from <= limit && to + slack > limit) limit = to + slack;
    }
    return limit;
  }

  /**
   * The next callback of the process; the world goes on until then. `undefined` if the end is reached before.
   */
  next(end: number): Callback | undefined {
    this.current = undefined;
    for (;;) {
      if (this.#phase !== "waiting") {
        const callback = this.#nextOfTurn();
        if (callback !== undefined) return callback;
      } else if (!this.#waitForTurn(end)) {
        return undefined;
      }
    }
  }

  #within(callback: Callback, process: SimulatedProcess | undefined): Callback {
    return process === undefined ? callback : () => process.run(callback, this.#enter);
  }

  readonly #enter = (process: SimulatedProcess): void => {
    this.current = process;
  };

  #cancel(timer: SimulatedTimer): void {
    if (timer.cancelled) return;
    timer.cancelled = true;
    if (timer.isEngines) this.#liveEngineTimers--;
  }

  #nextOfTurn(): Callback | undefined {
    if (this.#phase === "timers") {
      const timer = this.#dueTimer();
      if (timer !== undefined) return timer.callback;
      this.#poll();
    }
    if (this.#done < this.#batch.length) return this.#batch[this.#done++];
    this.#done = 0;
    if (this.#phase === "poll") {
      this.#phase = "check";
      this.#batch = this.#immediates;
      this.#immediates = [];
    } else {
      this.#batch = [];
      this.#phase = "waiting";
    }
    return undefined;
  }

  #poll(): void {
    this.#phase = "poll";
    this.#batch = this.#arrived;
    this.#arrived = [];
  }

  #dueTimer(): SimulatedTimer | undefined {
    const now = Math.floor(this.now());
    for (let timer = this.#timers.peek(); timer !== undefined; timer = this.#timers.peek()) {
      if (!timer.cancelled && timer.time > now) return undefined;
      this.#timers.pop();
      if (!timer.cancelled) {
        this.#cancel(timer);
        return timer;
      }
    }
    return undefined;
  }

  /** False when the end comes first. */
  #waitForTurn(end: number): boolean {
    const world = this.#world;
    for (;;) {
      const due = this.#nextDue();
      const start = Math.max(due, this.#pausedUntil);
      if (Math.min(start, world.nextTime) > end) return false;
      if (world.nextTime <= start) {
        world.runNext();
        continue;
      }
      if (this.#isLate()) continue;
      world.runUntil(start);
      break;
    }
    this.#turns++;
    this.onTurn();
    if (this.#readsFirst) this.#poll();
    else this.#phase = "timers";
    this.#readsFirst = false;
    world.trace.mix(world.now, EventKind.TURN);
    return true;
  }

  /** When there is something to do, in true time. */
  #nextDue(): number {
    if (this.#arrived.length > 0 || this.#immediates.length > 0) return this.#world.now;
    for (let timer = this.#timers.peek(); timer?.cancelled; timer = this.#timers.peek()) this.#timers.pop();
    const timer = this.#timers.peek();
    return timer === undefined ? Number.POSITIVE_INFINITY : timer.time + this.#stoodStill;
  }

  /** Draws whether something keeps the process busy before its next turn, once for each turn. */
  #isLate(): boolean {
    const { chance, most } = this.#lateness;
    if (this.#drawnFor === this.#turns) return false;
    this.#drawnFor = this.#turns;
    if (chance === 0 || !this.#random.chance(chance)) return false;
    const due = Math.max(this.#nextDue(), this.#world.now);
    this.#world.runUntil(due);
    this.pause(this.#random.next() * most, false);
    return true;
  }

  #drawnFor = -1;
}
