import type { Session } from "../apns/session.ts";
import type { EventLoop } from "../host/event-loop.ts";
import type { World } from "../world/world.ts";

interface Moment {
  readonly now: number;
  readonly epoch: number;
}

/**
 * Checks that a connection which was silent for too long, by either of the process's clocks, is asked for a
 * sign of life before a request is risked on it.
 */
export class Silence {
  readonly #world: World;
  readonly #loop: EventLoop;
  /** Milliseconds of silence that the caller at a host allows. */
  readonly #limit: (host: string) => number;
  readonly #heard = new Map<Session, Moment>();

  constructor(world: World, loop: EventLoop, limit: (host: string) => number) {
    this.#world = world;
    this.#loop = loop;
    this.#limit = limit;
  }

  heard(session: Session): void {
    this.#heard.set(session, { now: this.#loop.now(), epoch: this.#loop.epoch() });
  }

  opened(session: Session, stream: number): void {
    const heard = this.#heard.get(session);
    // Octets that waited behind a write were given to the connection earlier.
    if (heard === undefined || session.link.wasBusy) return;
    const silence = Math.max(this.#loop.now() - heard.now, this.#loop.epoch() - heard.epoch);
    if (silence <= this.#limit(session.host)) return;
    const { socket } = session;
    this.#world.find(
      `socket ${socket}: stream ${stream} is opened after ${Math.round(silence)} ms of silence`,
    );
  }
}
