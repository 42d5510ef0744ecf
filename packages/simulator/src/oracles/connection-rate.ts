import type { World } from "../world/world.ts";

/** Milliseconds that are looked at. */
const WINDOW = 10_000;

/** The shortest wait between two attempts: half of the default `minDelay`. */
const SHORTEST_WAIT = 125;

/** Attempts to connect in a window, for each connection that is wanted: those that have proven themselves. */
const FOR_EACH = 12;

/**
 * Counts attempts to connect. A connection that answered and went away at once is replaced after the shortest
 * wait, however often that happens: it has moved requests on. A storm is far above that.
 */
export class ConnectionRate {
  readonly #world: World;
  readonly #attempts: number[] = [];
  readonly #size: () => number;
  readonly #name: string;
  #reported = false;

  /** @param size connections that are wanted, at most so far */
  constructor(world: World, name: string, size: () => number) {
    this.#world = world;
    this.#name = name;
    this.#size = size;
  }

  /** An attempt begins. */
  note(): void {
    const { now } = this.#world;
    this.#attempts.push(now);
    while (this.#attempts[0]! < now - WINDOW) this.#attempts.shift();
    const most = WINDOW / SHORTEST_WAIT + FOR_EACH * this.#size();
    if (this.#attempts.length <= most || this.#reported) return;
    this.#reported = true;
    this.#world.find(`${this.#name} begins ${this.#attempts.length} connections within ${WINDOW} ms`);
  }
}
