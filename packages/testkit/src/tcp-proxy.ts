import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout } from "node:timers";

export type Direction = "toServer" | "toClient";

export interface TcpProxyOptions {
  /** Where connections go: a port on 127.0.0.1, or host and port. */
  readonly target: number | { readonly host: string; readonly port: number };
  /** Default `"127.0.0.1"`. */
  readonly host?: "127.0.0.1" | "::1";
}

/** How one direction treats what it reads. */
type Flow = "forward" | "stall" | "swallow";

interface Cut {
  readonly direction: Direction;
  readonly after: number;
}

/** A network that misbehaves on demand, between a client and a server on loopback. It knows nothing of TLS. */
export class TcpProxy implements AsyncDisposable {
  /** TCP connections accepted so far. */
  accepted = 0;
  /** Bytes passed on so far, over all connections. */
  readonly bytes: Record<Direction, number> = { toServer: 0, toClient: 0 };
  readonly #options: TcpProxyOptions;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #flow: Record<Direction, Flow> = { toServer: "forward", toClient: "forward" };
  #port = 0;
  #delay = 0;
  #cut: Cut | undefined;

  private constructor(options: TcpProxyOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  static async listen(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options);
    await proxy.accept();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** `https://127.0.0.1:<port>` */
  get origin(): string {
    return `https://${this.#options.host === "::1" ? "[::1]" : "127.0.0.1"}:${this.#port}`;
  }

  /** Connections open now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Holds bytes, and ends of streams, back until `resume`; on connections made later as well. */
  stall(direction: Direction | "both" = "both"): void {
    this.#setFlow(direction, "stall");
  }

  /** Reads bytes and throws them away: a black hole that still acknowledges. What is lost stays lost after `resume`. */
  swallow(direction: Direction | "both" = "both"): void {
    this.#setFlow(direction, "swallow");
  }

  resume(direction: Direction | "both" = "both"): void {
    this.#setFlow(direction, "forward");
  }

  /** Passes every chunk on this many milliseconds later, in order. 0 ends it. */
  delay(ms: number): void {
    this.#delay = ms;
  }

  /**
   * Without `after`: resets every connection, on both sides, now. With it: lets exactly that many more bytes of that
   * direction through on each connection, and resets the first one that gets there; later ones live on.
   */
  cut(options?: { readonly after: number; readonly direction: Direction }): void {
    if (!options) {
      for (const link of this.#links) link.reset();
      return;
    }
    this.#cut = options;
    for (const link of this.#links) link.countAnew();
  }

  /** Stops listening, so that connecting is refused. Connections that are open stay. */
  refuse(): void {
    // Its event comes only once all connections are gone, but the listening socket is closed at once.
    if (this.#server.listening) this.#server.close();
  }

  /** Listens again, on the same port. */
  async accept(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, this.#options.host ?? "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const link of this.#links) link.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #setFlow(direction: Direction | "both", flow: Flow): void {
    for (const each of direction === "both" ? (["toServer", "toClient"] as const) : [direction]) {
      this.#flow[each] = flow;
      for (const link of this.#links) link.flowChanged(each);
    }
  }

  #accept(client: Socket): void {
    this.accepted++;
    const { target } = this.#options;
    const [host, port] = typeof target === "number" ? ["127.0.0.1", target] : [target.host, target.port];
    const server = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const link = new Link(client, server, {
      flow: (direction) => this.#flow[direction],
      delay: () => this.#delay,
      cut: () => this.#cut,
      passed: (direction, length) => {
        this.bytes[direction] += length;
      },
      wasCut: () => {
        this.#cut = undefined;
      },
      closed: () => this.#links.delete(link),
    });
    this.#links.add(link);
  }
}

/** What a connection through the proxy asks and tells the proxy. */
interface Rules {
  flow(direction: Direction): Flow;
  delay(): number;
  cut(): Cut | undefined;
  passed(direction: Direction, length: number): void;
  wasCut(): void;
  closed(): void;
}

/** One connection through the proxy: two pipes that live and die together. */
class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rules: Rules;
  readonly #pipes: Record<Direction, Pipe>;

  constructor(client: Socket, server: Socket, rules: Rules) {
    this.#client = client;
    this.#server = server;
    this.#rules = rules;
    this.#pipes = {
      toServer: new Pipe("toServer", client, server, rules, () => this.reset()),
      toClient: new Pipe("toClient", server, client, rules, () => this.reset()),
    };
    for (const [socket, direction] of [
      [client, "toServer"],
      [server, "toClient"],
    ] as const) {
      socket.on("error", () => {});
      socket.on("close", (hadError) => {
        this.#pipes[direction].sourceClosed(hadError);
        if (client.destroyed && server.destroyed) this.#gone();
      });
    }
  }

  flowChanged(direction: Direction): void {
    this.#pipes[direction].pump();
  }

  countAnew(): void {
    this.#pipes.toServer.counted = 0;
    this.#pipes.toClient.counted = 0;
  }

  reset(): void {
    this.#client.resetAndDestroy();
    // A socket that is still connecting has nothing to reset.
    if (this.#server.connecting) this.#server.destroy();
    else this.#server.resetAndDestroy();
    this.#gone();
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
    this.#gone();
  }

  #gone(): void {
    this.#pipes.toServer.stop();
    this.#pipes.toClient.stop();
    this.#rules.closed();
  }
}

type Item = { readonly due: number; readonly bytes: Buffer | "end" | "reset" };

/** One direction of one connection. */
class Pipe {
  /** Bytes passed on since the last order to cut. */
  counted = 0;
  readonly #direction: Direction;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #rules: Rules;
  readonly #reset: () => void;
  readonly #queue: Item[] = [];
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(direction: Direction, source: Socket, sink: Socket, rules: Rules, reset: () => void) {
    this.#direction = direction;
    this.#source = source;
    this.#sink = sink;
    this.#rules = rules;
    this.#reset = reset;
    source.on("data", (bytes: Buffer) => this.#enqueue(bytes));
    source.on("end", () => this.#enqueue("end"));
    sink.on("drain", () => this.pump());
    this.pump();
  }

  /** A socket that ended in good order has said "end" already; anything else is passed on as a reset. */
  sourceClosed(hadError: boolean): void {
    if (hadError) this.#enqueue("reset");
  }

  stop(): void {
    this.#over = true;
    this.#queue.length = 0;
    clearTimeout(this.#timer);
  }

  /** Passes on what may go now. */
  pump(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const flow = this.#rules.flow(this.#direction);
    if (flow === "stall") {
      this.#source.pause();
      return;
    }
    while (!this.#over && !this.#sink.writableNeedDrain) {
      const item = this.#queue[0];
      if (!item) {
        this.#source.resume();
        return;
      }
      const wait = item.due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.pump(), wait);
        return;
      }
      this.#queue.shift();
      if (flow === "forward") this.#pass(item.bytes);
    }
    if (!this.#over) this.#source.pause();
  }

  #enqueue(bytes: Item["bytes"]): void {
    if (this.#over) return;
    this.#queue.push({ due: performance.now() + this.#rules.delay(), bytes });
    if (this.#timer === undefined) this.pump();
  }

  #pass(bytes: Item["bytes"]): void {
    if (bytes === "reset") this.#reset();
    else if (bytes === "end") this.#sink.end();
    else this.#write(bytes);
  }

  #write(bytes: Buffer): void {
    const cut = this.#rules.cut();
    const room = cut?.direction === this.#direction ? cut.after - this.counted : Infinity;
    const passed = bytes.subarray(0, Math.max(0, room));
    this.counted += passed.length;
    this.#rules.passed(this.#direction, passed.length);
    if (bytes.length < room) {
      this.#sink.write(passed);
      return;
    }
    this.#over = true;
    this.#rules.wasCut();
    this.#sink.write(passed, () => this.#reset());
  }
}
