import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface ProxyOptions {
  /** `user:password` that it wants. */
  readonly login?: string;
  /** Refuses with this status. */
  readonly status?: number;
  /** Never answers. */
  readonly hangs?: boolean;
  /** With a refusal. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Speaks TLS itself. */
  readonly tls?: ServerOptions & { readonly cert: string; readonly key: string };
}

/** An HTTP proxy for CONNECT on this machine. */
export class ConnectProxy {
  /** What was asked for: `host:port`, and the headers. */
  readonly asked: { readonly target: string; readonly headers: IncomingMessage["headers"] }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #options: ProxyOptions;

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
    this.#server.on("connection", (socket: Socket) => this.#keep(socket));
    this.#server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#onConnect(request, socket, head),
    );
  }

  static async listen(options: ProxyOptions = {}): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #onConnect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { login, status, hangs } = this.#options;
    this.asked.push({ target: request.url!, headers: request.headers });
    this.#keep(socket);
    if (hangs) return;
    const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;
    const welcome = wanted === undefined || wanted === request.headers["proxy-authorization"];
    const refused = welcome ? status : 407;
    if (refused !== undefined) {
      const lines = Object.entries(this.#options.headers ?? {}).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      socket.end(`HTTP/1.1 ${refused} No\r\n${lines.join("")}content-length: 0\r\n\r\n`, "latin1");
      return;
    }
    const [host, port] = request.url!.split(/:(?=\d+$)/) as [string, string];
    const target = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    this.#keep(target);
    target.on("close", () => socket.destroy());
    socket.on("close", () => target.destroy());
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
