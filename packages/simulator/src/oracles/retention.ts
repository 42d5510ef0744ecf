import type { EventLoop } from "../host/event-loop.ts";
import type { Network } from "../network/network.ts";
import type { World } from "../world/world.ts";

/** The requests and timers that a caller's pools hold. */
export interface Holding {
  readonly name: string;
  /** Processes, or sets of connections, that may be at work. */
  readonly owners: number;
  /** Requests in queues, on connections, and between two attempts. */
  readonly requests: number;
  /** Requests that wait for their next attempt, at most: each has a timer. */
  readonly pausing: number;
  /** Requests whose caller has no end yet. */
  readonly live: number;
}

/** Turns of the event loop between two looks. */
const TURNS = 64;

/** Timers of the engine at most: for each owner of pools, and for each socket. */
const TIMERS_OF_OWNER = 12;
const TIMERS_OF_SOCKET = 4;

/** Octets that wait for a socket at most: one write of the engine, and the frame that made it full. */
const OCTETS_OF_SOCKET = 131_072 + 16_384;

/**
 * Checks that the engine's live requests bound the figures of its memory. Figures are the same on each
 * machine; octets of memory are not.
 */
export class Retention {
  readonly #world: World;
  readonly #loop: EventLoop;
  readonly #network: Network;
  readonly #holdings: () => readonly Holding[];
  readonly #reported = new Set<string>();

  constructor(world: World, loop: EventLoop, network: Network, holdings: () => readonly Holding[]) {
    this.#world = world;
    this.#loop = loop;
    this.#network = network;
    this.#holdings = holdings;
    loop.onTurn = () => {
      if (loop.turns % TURNS === 0) this.look();
    };
  }

  look(): void {
    const holdings = this.#holdings();
    let owners = 0;
    let pausing = 0;
    for (const holding of holdings) {
      owners += holding.owners;
      pausing += holding.pausing;
      if (holding.requests > holding.live)
        this.#find(holding.name, `holds ${holding.requests} requests for ${holding.live} that are live`);
    }
    const { liveSockets: sockets, pendingOctets: octets } = this.#network;
    const timers = this.#loop.liveEngineTimers;
    if (timers > TIMERS_OF_OWNER * owners + TIMERS_OF_SOCKET * sockets + pausing)
      this.#find(
        "the engine",
        `has ${timers} timers for ${owners} owners, ${sockets} sockets, ${pausing} pauses`,
      );
    if (octets > OCTETS_OF_SOCKET * sockets)
      this.#find("the engine", `has ${octets} octets waiting for ${sockets} sockets`);
  }

  #find(who: string, what: string): void {
    if (this.#reported.has(who)) return;
    this.#reported.add(who);
    this.#world.find(`${who} ${what}`);
  }
}
