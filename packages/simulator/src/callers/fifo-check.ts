import type { RequestRecord } from "../oracles/request-record.ts";
import type { World } from "../world/world.ts";

interface Waiting {
  readonly record: RequestRecord;
  /** False: it has ended, or will as soon as its turn comes. */
  readonly stillWaits: () => boolean;
}

/** Checks that requests get their first connection in the order in which they were submitted. */
export class FifoCheck {
  readonly #world: World;
  readonly #name: string;
  #waiting: Waiting[] = [];

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  submitted(record: RequestRecord, stillWaits: () => boolean): void {
    this.#waiting.push({ record, stillWaits });
  }

  /** A request is given to a connection for the first time. */
  left(record: RequestRecord): void {
    const place = this.#waiting.findIndex((waiting) => waiting.record === record);
    const overtaken = this.#waiting.slice(0, place).find(({ stillWaits }) => stillWaits());
    if (overtaken !== undefined) {
      this.#world.find(`${this.#name}: ${record.key} overtakes ${overtaken.record.key} in the queue`);
    }
    this.#waiting = this.#waiting.slice(place + 1);
  }
}
