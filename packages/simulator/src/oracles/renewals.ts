import type { TokenRenewal } from "apnskit";
import type { EventLoop } from "../host/event-loop.ts";
import type { World } from "../world/world.ts";

interface Renewal {
  readonly generation: number;
  readonly now: number;
  readonly epoch: number;
  readonly cause: TokenRenewal["cause"];
}

const TWENTY_MINUTES = 20 * 60_000;

/**
 * Checks that provider tokens are not renewed too often: 20 minutes apart by one of the process's clocks, except that one
 * rejection may renew earlier.
 */
export class Renewals {
  readonly #world: World;
  readonly #loop: EventLoop;
  readonly #last = new Map<string, Renewal[]>();

  constructor(world: World, loop: EventLoop) {
    this.#world = world;
    this.#loop = loop;
  }

  /** A client tells of a renewal; all clients that share a key tell of it. */
  note({ keyId, generation, cause }: TokenRenewal): void {
    const last = this.#last.get(keyId) ?? [];
    this.#last.set(keyId, last);
    if (last.some((renewal) => renewal.generation === generation)) return;
    const renewal = { generation, now: this.#loop.now(), epoch: this.#loop.epoch(), cause };
    last.push(renewal);
    const [before, directly] = [last.at(-3), last.at(-2)];
    if (directly !== undefined && cause === "schedule" && elapsed(directly, renewal) < TWENTY_MINUTES)
      this.#find(keyId, generation, "on schedule", directly, renewal);
    if (before !== undefined && elapsed(before, renewal) < TWENTY_MINUTES)
      this.#find(keyId, generation, "twice", before, renewal);
  }

  #find(keyId: string, generation: number, how: string, from: Renewal, to: Renewal): void {
    const after = Math.round(elapsed(from, to));
    this.#world.find(`provider token ${generation} of ${keyId} is renewed ${how} within ${after} ms`);
  }
}

function elapsed(from: Renewal, to: Renewal): number {
  return Math.max(to.now - from.now, to.epoch - from.epoch);
}
