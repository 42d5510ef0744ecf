import type { World } from "../world/world.ts";
import type { Direction, Route } from "./route.ts";

/** What comes out of a pipe. */
export interface PipeEnd {
  /** Octets of the stream, in order. */
  onBytes(bytes: Buffer): void;
  /** The other end has ended its side (FIN). */
  onEnd(): void;
  /** The other end has torn the connection down (RST). */
  onReset(): void;
}

/** One direction of a TCP connection: octets arrive in order, late, and cut anywhere. */
export class Pipe {
  readonly #world: World;
  readonly #route: Route;
  readonly #direction: Direction;
  readonly #end: PipeEnd;
  /** When the last packet leaves, and when it arrives. */
  #departure = 0;
  #arrival = 0;
  #dead = false;
  /** Packets that were held back by a cut stay in order: those behind them wait too. */
  #sequence = 0;
  #delivered = 0;
  /** Packets before this one are dropped. */
  #dropBefore = 0;
  readonly #early = new Map<number, () => void>();

  constructor(world: World, route: Route, direction: Direction, end: PipeEnd) {
    this.#world = world;
    this.#route = route;
    this.#direction = direction;
    this.#end = end;
  }

  send(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const size = Math.min(bytes.length - at, this.#route.segment());
      const segment = bytes.subarray(at, at + size);
      this.#packet(size, () => this.#end.onBytes(segment));
      at += size;
    }
  }

  sendEnd(): void {
    this.#packet(0, () => this.#end.onEnd());
  }

  /** Tears down. @param keep false: what is on the way is lost */
  sendReset(keep: boolean): void {
    if (!keep) this.#dropBefore = this.#sequence;
    this.#packet(0, () => this.#end.onReset());
  }

  /** From now on nothing comes out, and neither end is told. */
  kill(): void {
    this.#dead = true;
  }

  #packet(size: number, deliver: () => void): void {
    const { now } = this.#world;
    this.#departure = this.#route.departure(Math.max(this.#departure, now), size);
    this.#arrival = Math.max(this.#arrival, this.#departure + this.#route.latency());
    const place = this.#sequence++;
    this.#world.at(this.#arrival, () => {
      this.#route.arrive(this.#direction, () => this.#inOrder(place, deliver));
    });
  }

  #inOrder(place: number, deliver: () => void): void {
    this.#early.set(place, deliver);
    for (;;) {
      const next = this.#early.get(this.#delivered);
      if (next === undefined && !(this.#delivered < this.#dropBefore)) return;
      this.#early.delete(this.#delivered);
      const dropped = this.#delivered < this.#dropBefore;
      this.#delivered++;
      if (!this.#dead && !dropped) next!();
    }
  }
}
