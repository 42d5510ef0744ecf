import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import { quantum, type World } from "../world/world.ts";
import { Pipe } from "./pipe.ts";
import type { Route } from "./route.ts";
import type { SimulatedSocket } from "./socket.ts";

/** The server's end of a connection. */
export interface ServerEnd {
  /** The process has handed octets to its socket; they are on their way, or will be. */
  onWritten(bytes: Buffer): void;
  /** The process reads so many octets. */
  onRead(octets: number): void;
  /** So many octets have arrived. */
  onArrived(octets: number): void;
  /** Nothing more will arrive. */
  onGone(): void;
}

/** How long a machine sends the same octets again before it gives the connection up (RFC 1122 §4.2.3.5). */
const RETRANSMISSION = 924_000;

/** One TCP connection: two pipes and the machines at their ends. */
export class Link {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #route: Route;
  readonly #socket: SimulatedSocket;
  readonly #server: ServerEnd;
  readonly #up: Pipe;
  readonly #down: Pipe;
  #gone = false;
  /** True: a box on the way has forgotten the connection. */
  #forgotten = false;
  #givingUp = false;
  /** The server's process has closed its end. */
  #serverClosed = false;

  constructor(
    world: World,
    random: SeededRandom,
    route: Route,
    socket: SimulatedSocket,
    accept: (link: Link) => ServerEnd,
  ) {
    this.#world = world;
    this.#random = random;
    this.#route = route;
    this.#socket = socket;
    this.#up = new Pipe(world, route, "up", {
      onOctets: (count) => this.#arrived(count),
      onEnd: () => this.#lose(),
      onReset: () => this.#lose(),
    });
    this.#down = new Pipe(world, route, "down", {
      onOctets: (count) => socket.onOctets(count),
      onEnd: () => socket.onEnd(),
      onReset: () => socket.onReset(random.chance(0.5)),
    });
    this.#server = accept(this);
  }

  // ── the process's side ───────────────────────────────────────────────────────────────────────────────────

  onWritten(bytes: Buffer): void {
    this.#server.onWritten(bytes);
  }

  onRead(octets: number): void {
    this.#server.onRead(octets);
  }

  onAccepted(octets: number): void {
    this.#up.send(octets);
    if (this.#forgotten) this.#giveUpLater();
  }

  /** Everything was handed over, and the process has ended its side. */
  onFinished(): void {
    this.#up.sendEnd();
  }

  onDestroyed(unread: boolean): void {
    if (unread) this.#up.sendReset(this.#random.chance(0.5));
    else this.#up.sendEnd();
  }

  // ── the server's side ────────────────────────────────────────────────────────────────────────────────────

  send(bytes: Buffer): void {
    if (this.#serverClosed) return;
    this.#socket.onSent(bytes);
    this.#down.send(bytes.length);
  }

  /** The server's process has read so many octets. */
  consumed(octets: number): void {
    const at = quantum(this.#world.now + this.#route.latency());
    if (!this.#forgotten) this.#socket.onConsumed(octets, at);
  }

  /** The server closes: behind the octets that it has sent, or by a reset. */
  close(how: "end" | "reset"): void {
    if (this.#serverClosed) return;
    this.#serverClosed = true;
    if (how === "end") this.#down.sendEnd();
    else this.#down.sendReset(this.#random.chance(0.5));
    this.#lose();
  }

  // ── weather ──────────────────────────────────────────────────────────────────────────────────────────────

  /** A box on the way forgets the connection: no packet gets through from now on, and neither end is told. */
  forget(): void {
    this.#forgotten = true;
    this.#socket.onForgotten();
    this.#up.kill();
    this.#down.kill();
    if (this.#socket.pending > 0) this.#giveUpLater();
  }

  /** A box on the way resets the connection at both ends. */
  reset(): void {
    this.#down.sendReset(this.#random.chance(0.5));
    this.#serverClosed = true;
    this.#world.after(this.#route.latency(), () => this.#lose());
  }

  /** True when the write that is being handed over had to wait for another one. */
  get wasBusy(): boolean {
    return this.#socket.hasWaited;
  }

  get isForgotten(): boolean {
    return this.#forgotten;
  }

  #giveUpLater(): void {
    if (this.#givingUp) return;
    this.#givingUp = true;
    this.#world.after(RETRANSMISSION, () => this.#socket.fail("ETIMEDOUT"));
  }

  #arrived(octets: number): void {
    if (this.#gone) {
      // No process listens there: the machine answers with a reset.
      if (this.#serverClosed) this.#down.sendReset(true);
      return;
    }
    this.#server.onArrived(octets);
  }

  #lose(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#server.onGone();
  }
}
