import type { EventLoop } from "../host/event-loop.ts";
import type { World } from "../world/world.ts";

interface Moment {
  readonly now: number;
  readonly epoch: number;
}

const TWENTY_MINUTES = 20 * 60_000;

/**
 * Checks that provider tokens are not signed too often: at most two within 20 minutes by both of the
 * process's clocks, since one rejection may renew a token early.
 */
export class Renewals {
  readonly #world: World;
  readonly #loop: EventLoop;
  readonly #signed = new Map<string, Moment[]>();

  constructor(world: World, loop: EventLoop) {
    this.#world = world;
    this.#loop = loop;
  }

  /** The process signs the first two parts of a token. */
  signed(text: string): void {
    const head: unknown = JSON.parse(Buffer.from(text.split(".")[0] ?? "", "base64url").toString());
    const { kid } = head as { kid: string };
    const moments = this.#signed.get(kid) ?? [];
    this.#signed.set(kid, moments);
    const moment = { now: this.#loop.now(), epoch: this.#loop.epoch() };
    moments.push(moment);
    const [first, second] = moments.slice(-3);
    if (first === undefined || second === undefined || moments.length < 3) return;
    // Step by step: a wall clock that was set forward and back again has seemed to the process to pass in
    // between.
    const apart = elapsed(first, second) + elapsed(second, moment);
    if (apart < TWENTY_MINUTES)
      this.#world.find(`three provider tokens of ${kid} are signed within ${Math.round(apart)} ms`);
  }
}

/** Milliseconds by the clock that went further, as the engine counts. */
function elapsed(from: Moment, to: Moment): number {
  return Math.max(to.now - from.now, to.epoch - from.epoch);
}
