import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Cut, type Direction, type Flow, ProxiedConnection } from "./proxied-connection.ts";

export interface TcpProxyOptions {
  /** Target of the connections: a port on 127.0.0.1, or host and port. */
  readonly target: number | { readonly host: string; readonly port: number };
  /** Default `"127.0.0.1"`. */
  readonly host?: "127.0.0.1" | "::1";
}

/** A network between a client and a server on loopback that fails on demand. It does not interpret TLS. */
export class TcpProxy implements AsyncDisposable {
  /** TCP connections accepted so far. */
  accepted = 0;
  /** Bytes forwarded so far, over all connections. */
  readonly bytes: Record<Direction, number> = { toServer: 0, toClient: 0 };
  readonly #options: TcpProxyOptions;
  readonly #server: Server;
  readonly #links = new Set<ProxiedConnection>();
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

  /** Holds back bytes and ends of streams until `resume`, also on later connections. */
  stall(direction: Direction | "both" = "both"): void {
    this.#setFlow(direction, "stall");
  }

  /**
   * Reads and discards bytes: a black hole that still acknowledges. `resume` does not restore discarded
   * bytes.
   */
  swallow(direction: Direction | "both" = "both"): void {
    this.#setFlow(direction, "swallow");
  }

  resume(direction: Direction | "both" = "both"): void {
    this.#setFlow(direction, "forward");
  }

  /** Forwards every chunk this many milliseconds later, in order. 0 ends the delay. */
  delay(ms: number): void {
    this.#delay = ms;
  }

  /**
   * Without `after`, resets every connection on both sides now. With `after`, lets exactly that many more
   * bytes of that direction pass on each connection, and resets the first connection that reaches the limit.
   * Later connections stay open.
   */
  cut(options?: { readonly after: number; readonly direction: Direction }): void {
    if (!options) {
      for (const link of this.#links) link.reset();
      return;
    }
    this.#cut = options;
    for (const link of this.#links) link.countAnew();
  }

  /** Stops listening, so that new connections are refused. Open connections stay. */
  refuse(): void {
    // The event "close" comes after all connections have ended, but the listening socket closes at once.
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
    const link = new ProxiedConnection(client, server, {
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
