import type { World } from "../world/world.ts";

/** Milliseconds that are looked at. */
const WINDOW = 10_000;

/** Attempts to connect in a window, for each connection that is wanted, and beside them. */
const FOR_EACH = 12;
const BESIDE = 12;

/**
 * Counts attempts to connect. The bound is wide, since connections that worked may be replaced at once; a storm is far
 * above it.
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
    const most = BESIDE + FOR_EACH * this.#size();
    if (this.#attempts.length <= most || this.#reported) return;
    this.#reported = true;
    this.#world.find(`${this.#name} begins ${this.#attempts.length} connections within ${WINDOW} ms`);
  }
}
