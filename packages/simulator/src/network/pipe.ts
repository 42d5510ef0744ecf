import type { World, WorldEvent } from "../world/world.ts";
import type { Direction, Route } from "./route.ts";

/** Receives the output of a pipe. */
export interface PipeEnd {
  /** So many octets: the next ones of those that were sent. */
  onOctets(count: number): void;
  /** The other end has ended its side (FIN). */
  onEnd(): void;
  /** The other end has torn the connection down (RST). */
  onReset(): void;
}

type Content = "octets" | "end" | "reset";

/**
 * One direction of a TCP connection. Octets arrive in order, late, and in segments of any size. The pipe only
 * counts them: its ends know which octets they are.
 */
export class Pipe {
  readonly #world: World;
  readonly #route: Route;
  readonly #direction: Direction;
  readonly #end: PipeEnd;
  /** When the last packet leaves, and when it arrives. */
  #departure = 0;
  #arrival = 0;
  #dead = false;
  #sent = 0;
  #delivered = 0;
  /** Packets before this one are dropped. */
  #dropBefore = 0;
  /** Packets that were held back by a cut stay in order: those behind them wait here. */
  readonly #early = new Map<number, Packet>();

  constructor(world: World, route: Route, direction: Direction, end: PipeEnd) {
    this.#world = world;
    this.#route = route;
    this.#direction = direction;
    this.#end = end;
  }

  /** Sends octets in segments. */
  send(octets: number): void {
    for (let left = octets; left > 0; ) {
      const size = Math.min(left, this.#route.segment());
      this.#packet("octets", size);
      left -= size;
    }
  }

  sendEnd(): void {
    this.#packet("end", 0);
  }

  /** Tears down. @param keep false: packets on the way are lost */
  sendReset(keep: boolean): void {
    if (!keep) this.#dropBefore = this.#sent;
    this.#packet("reset", 0);
  }

  /** From now on nothing comes out, and neither end is told. */
  kill(): void {
    this.#dead = true;
  }

  /** A packet has reached the other end of the route. */
  arrive(packet: Packet): void {
    if (this.#route.isCut(this.#direction)) {
      this.#route.hold(this.#direction, packet);
      return;
    }
    this.#delivered = Math.max(this.#delivered, this.#dropBefore);
    if (packet.place !== this.#delivered) {
      if (packet.place > this.#delivered) this.#early.set(packet.place, packet);
      return;
    }
    this.#deliver(packet);
    while (this.#early.size > 0) {
      const next = this.#early.get(this.#delivered);
      if (next === undefined) return;
      this.#early.delete(next.place);
      this.#deliver(next);
    }
  }

  #packet(content: Content, size: number): void {
    const { now } = this.#world;
    this.#departure = this.#route.departure(Math.max(this.#departure, now), size);
    this.#arrival = Math.max(this.#arrival, this.#departure + this.#route.latency());
    this.#world.schedule(new Packet(this, this.#sent++, content, size), this.#arrival);
  }

  #deliver({ place, content, size }: Packet): void {
    this.#delivered++;
    // The delivery right before may have led to a reset.
    if (this.#dead || place < this.#dropBefore) return;
    if (content === "octets") this.#end.onOctets(size);
    else if (content === "end") this.#end.onEnd();
    else this.#end.onReset();
  }
}

/** Something on its way through a pipe. */
class Packet implements WorldEvent {
  time = 0;
  order = 0;
  /** Its number in its pipe. */
  readonly place: number;
  readonly content: Content;
  readonly size: number;
  readonly #pipe: Pipe;

  constructor(pipe: Pipe, place: number, content: Content, size: number) {
    this.#pipe = pipe;
    this.place = place;
    this.content = content;
    this.size = size;
  }

  run(): void {
    this.#pipe.arrive(this);
  }
}
