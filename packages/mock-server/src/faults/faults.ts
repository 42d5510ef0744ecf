import type { Fault, FaultAction, FaultTarget, InjectedFault } from "./fault.ts";
import { checkFault } from "./fault-shapes.ts";
import { sampler } from "./latency.ts";
import type { Random } from "./random.ts";

/** The parts of a request that decide which faults can hit it. */
export interface FaultSubject {
  token: string;
  topic: string | undefined;
  connection: number;
}

/** The faults that hit one request. */
export interface DrawnFaults {
  /** Milliseconds on top of the server's own latency. */
  delay: number;
  action: Exclude<FaultAction, { kind: "latency" | "refuse" }> | undefined;
}

const NONE: DrawnFaults = Object.freeze({ delay: 0, action: undefined });

interface Active {
  id: number;
  fault: Fault;
  hits: number;
  sample: (() => number) | undefined;
}

/**
 * The active faults. For each request all latencies add up; of the other faults, the first that hits takes
 * effect. Draws come from a seeded generator, in the order of arrival.
 */
export class Faults {
  readonly #random: Random;
  #active: Active[] = [];
  #lastId = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * Activates a fault.
   *
   * @throws InvalidMockInput for an invalid fault
   */
  inject(fault: Fault): InjectedFault {
    checkFault(fault);
    const sample = fault.kind === "latency" ? sampler(fault.latency, this.#random) : undefined;
    const active: Active = { id: ++this.#lastId, fault: { ...fault }, hits: 0, sample };
    this.#active.push(active);
    return active;
  }

  /** Ends a fault. @returns whether it was active */
  remove(id: number): boolean {
    const before = this.#active.length;
    this.#active = this.#active.filter((active) => active.id !== id);
    return this.#active.length < before;
  }

  clear(): void {
    this.#active = [];
  }

  list(): InjectedFault[] {
    return this.#active.map(({ id, fault, hits }) => ({ id, fault, hits }));
  }

  /** Decides which faults hit a request. */
  draw(subject: FaultSubject): DrawnFaults {
    if (this.#active.length === 0) return NONE;
    let delay = 0;
    let action: DrawnFaults["action"];
    for (const active of this.#active) {
      const { fault } = active;
      if (fault.kind === "refuse" || (action && fault.kind !== "latency") || !isTarget(fault, subject))
        continue;
      if (!this.#hits(active)) continue;
      if (fault.kind === "latency") delay += active.sample!();
      else action = fault;
    }
    return { delay, action };
  }

  /** Decides whether a new connection is refused. */
  drawRefusal(): Extract<FaultAction, { kind: "refuse" }> | undefined {
    for (const active of this.#active) {
      if (active.fault.kind === "refuse" && this.#hits(active)) return active.fault;
    }
    return undefined;
  }

  #hits(active: Active): boolean {
    const { share = 1, times = Infinity } = active.fault;
    if (share < 1 && this.#random.next() >= share) return false;
    active.hits++;
    if (active.hits >= times) this.remove(active.id);
    return true;
  }
}

function isTarget(fault: FaultTarget, subject: FaultSubject): boolean {
  return (
    (fault.token === undefined || fault.token.toLowerCase() === subject.token.toLowerCase()) &&
    (fault.topic === undefined || fault.topic === subject.topic) &&
    (fault.connection === undefined || fault.connection === subject.connection)
  );
}
