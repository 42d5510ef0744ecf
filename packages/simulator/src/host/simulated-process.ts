type Callback = () => void;
type State = "running" | "suspended" | "dead";

/** Numbers of processes are given again soon, as on small machines. */
const MOST_PIDS = 40;

/**
 * A process that can be suspended or killed without the others. Its callbacks wait while it is suspended, and
 * never run after its death. Callbacks that set timers or start operations hand the process on to them.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly pid: number;
  /** When it began, as a system counts: hundredths of a second. */
  readonly started: string;
  /** Claims on journals. */
  readonly claims = new Set<string>();
  #state: State = "running";
  #held: Callback[] = [];

  /** @param number from 0, counted on its machine @param now milliseconds of the world */
  constructor(name: string, number: number, now: number) {
    this.name = name;
    this.pid = 1 + (number % MOST_PIDS);
    this.started = `${Math.floor(now / 10)}`;
  }

  get isAlive(): boolean {
    return this.#state !== "dead";
  }

  get isSuspended(): boolean {
    return this.#state === "suspended";
  }

  /** Runs a callback now or after the suspension. @param enter called right before the callback */
  run(callback: Callback, enter: (process: SimulatedProcess) => void): void {
    if (this.#state === "suspended") this.#held.push(callback);
    if (this.#state !== "running") return;
    enter(this);
    callback();
  }

  suspend(): void {
    if (this.#state === "running") this.#state = "suspended";
  }

  /** @returns the callbacks that it has missed, in order */
  wake(): readonly Callback[] {
    if (this.#state !== "suspended") return [];
    this.#state = "running";
    return this.#held.splice(0);
  }

  die(): void {
    this.#state = "dead";
    this.#held = [];
  }
}
