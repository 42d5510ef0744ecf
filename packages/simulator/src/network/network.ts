import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { EventLoop } from "../host/event-loop.ts";
import type { SimulatedProcess } from "../host/simulated-process.ts";
import { EventKind } from "../world/trace.ts";
import type { World } from "../world/world.ts";
import { Link, type ServerEnd } from "./link.ts";
import type { Route } from "./route.ts";
import { type ReadTarget, SimulatedSocket } from "./socket.ts";

/** An address of the server. */
export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The way in which an address answers an attempt to connect. */
export type AddressState = "listening" | "refusing" | "silent";

/** Faults of a TLS handshake. */
export type HandshakeTrouble = "reset" | "untrusted" | "no-http2" | "certificate-refused" | "stuck";

/** How names are resolved. */
export type NameService = "working" | "failing" | "silent";

/** The part of `tls.connect`'s options that the engine uses. */
export interface SocketOptions {
  readonly host?: string | undefined;
  readonly autoSelectFamilyAttemptTimeout?: number | undefined;
  readonly lookup?: unknown;
  readonly onread?: ReadTarget | undefined;
}

/** Decides who answers at the server's end. */
export type Accept = (link: Link, socket: number, host: string) => ServerEnd;

type LookupCallback = (error: Error | null, addresses: readonly Address[]) => void;
type Lookup = (host: string, options: { readonly all: true }, callback: LookupCallback) => void;

/** Names, addresses, handshakes and the connections that come of them. */
export class Network {
  readonly route: Route;
  readonly #world: World;
  readonly #loop: EventLoop;
  readonly #random: SeededRandom;
  readonly #accept: Accept;
  readonly #addresses: readonly Address[];
  readonly #states = new Map<string, AddressState>();
  readonly #links = new Set<Link>();
  readonly #sockets = new Set<SimulatedSocket>();
  nameService: NameService = "working";
  /** The fault of handshakes now. */
  trouble: HandshakeTrouble | undefined;
  #opened = 0;
  /** Told of each attempt to connect. */
  onAttempt: (host: string, socket: SimulatedSocket) => void = () => {};

  constructor(world: World, loop: EventLoop, route: Route, addresses: readonly Address[], accept: Accept) {
    this.#world = world;
    this.#loop = loop;
    this.#random = world.fork();
    this.route = route;
    this.#addresses = addresses;
    this.#accept = accept;
  }

  /** Connections that at least one end knows of. */
  get links(): readonly Link[] {
    return [...this.#links];
  }

  /** True when a box on the way has forgotten a connection that the process still has. */
  get hasForgotten(): boolean {
    return this.links.some(({ isForgotten }) => isForgotten);
  }

  /** Sockets of the process that are not destroyed. */
  get liveSockets(): number {
    let count = 0;
    for (const { destroyed } of this.#sockets) if (!destroyed) count++;
    return count;
  }

  /** Octets that the process has written and its machine has not taken. */
  get pendingOctets(): number {
    let octets = 0;
    for (const socket of this.#sockets) if (!socket.destroyed) octets += socket.pending;
    return octets;
  }

  setAddress(address: string, state: AddressState): void {
    this.#states.set(address, state);
  }

  /** As `dns.lookup`, with the option `all`. */
  readonly lookup = (_host: string, _options: object, callback: LookupCallback): void => {
    const mode = this.nameService;
    if (mode === "silent") return;
    const { current } = this.#loop;
    this.#world.after(this.#random.next() * 50, () => {
      this.#loop.arrive(() => {
        if (mode === "working") callback(null, this.#addresses);
        else callback(Object.assign(new Error("getaddrinfo EAI_AGAIN"), { code: "EAI_AGAIN" }), []);
      }, current);
    });
  };

  /** In the place of `tls.connect`. The socket emits `secure` and `secureConnect`, or an error. */
  readonly connect = (options: SocketOptions): SimulatedSocket => {
    const { host = "", onread } = options;
    const number = ++this.#opened;
    const { now, trace } = this.#world;
    trace.mix(now, EventKind.CONNECT, number);
    trace.line(now, `socket ${number} connects to ${host}`);
    const { buffer } = this.route.quality;
    const socket = new SimulatedSocket(
      this.#world,
      this.#loop,
      this.#random.fork(),
      number,
      "2001:db8::1",
      buffer,
      onread,
    );
    this.onAttempt(host, socket);
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    const lookup = options.lookup as Lookup;
    lookup(host, { all: true }, (error, addresses) => {
      if (error !== null) this.#fail(socket, error);
      else this.#try(socket, host, addresses, options.autoSelectFamilyAttemptTimeout ?? 250);
    });
    return socket;
  };

  /** A process has ended: the machine closes its sockets. */
  kill(process: SimulatedProcess): void {
    for (const socket of this.#sockets) {
      if (socket.process !== process) continue;
      const link = socket.vanish();
      if (link !== undefined) this.#links.delete(link);
      this.#sockets.delete(socket);
    }
  }

  #fail(socket: SimulatedSocket, error: Error): void {
    process.nextTick(() => socket.destroy(error));
  }

  /** One address after the other (RFC 8305). */
  #try(socket: SimulatedSocket, host: string, addresses: readonly Address[], patience: number): void {
    if (socket.destroyed) return;
    const [first, ...others] = addresses;
    if (first === undefined) {
      this.#fail(socket, Object.assign(new Error("connect ETIMEDOUT"), { code: "ETIMEDOUT" }));
      return;
    }
    let over = false;
    const next = (code: string): void => {
      if (over) return;
      over = true;
      this.#loop.clearTimeout(timer);
      if (others.length > 0) this.#try(socket, host, others, patience);
      else if (!socket.destroyed)
        this.#fail(socket, Object.assign(new Error(`connect ${code}`), { code, errno: -1 }));
    };
    // Only the machine itself limits the last address.
    const wait = others.length > 0 ? patience : 127_000;
    const timer = this.#loop.setTimeout(() => next("ETIMEDOUT"), wait);
    socket.once("close", () => this.#loop.clearTimeout(timer));
    const state = this.#states.get(first.address) ?? "listening";
    if (state === "silent") return;
    this.#roundTrip(() => {
      if (over || socket.destroyed) return;
      if (state === "refusing") {
        this.#loop.arrive(() => next("ECONNREFUSED"), socket.process);
        return;
      }
      this.#loop.arrive(() => {
        if (over || socket.destroyed) return;
        over = true;
        this.#loop.clearTimeout(timer);
        this.#handshake(socket, host);
      }, socket.process);
    });
  }

  #handshake(socket: SimulatedSocket, host: string): void {
    const { trouble } = this;
    this.#roundTrip(() => {
      if (trouble === "stuck") return;
      this.#loop.arrive(() => {
        if (socket.destroyed) return;
        if (trouble === "reset") {
          socket.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
          return;
        }
        if (trouble === "untrusted") {
          const code = "SELF_SIGNED_CERT_IN_CHAIN";
          socket.authorizationError = Object.assign(new Error(code), { code });
          socket.destroy(socket.authorizationError);
          return;
        }
        if (trouble === "no-http2") socket.alpnProtocol = false;
        this.#establish(socket, host);
        socket.emit("secure");
        if (!socket.destroyed) socket.emit("secureConnect");
        // Under TLS 1.3 the server judges the client's certificate after the client holds the handshake for
        // done.
        if (trouble !== "certificate-refused") return;
        this.#roundTrip(() => {
          this.#loop.arrive(() => {
            const code = "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED";
            if (!socket.destroyed) socket.destroy(Object.assign(new Error("tlsv13 alert"), { code }));
          }, socket.process);
        });
      }, socket.process);
    });
  }

  #establish(socket: SimulatedSocket, host: string): void {
    const refused = this.trouble === "certificate-refused";
    const link = new Link(this.#world, this.#random.fork(), this.route, socket, (made) =>
      refused ? deaf : this.#accept(made, socket.number, host),
    );
    socket.attach(link);
    this.#links.add(link);
    socket.on("close", () => this.#links.delete(link));
  }

  #roundTrip(done: () => void): void {
    this.#world.after(this.route.latency(), () => {
      this.route.arrive("up", () => {
        this.#world.after(this.route.latency(), () => this.route.arrive("down", done));
      });
    });
  }
}

/** A server that hears nothing. */
const deaf: ServerEnd = { onWritten() {}, onRead() {}, onArrived() {}, onGone() {} };
