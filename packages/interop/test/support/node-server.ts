import { once } from "node:events";
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { CertificateAuthority } from "@apnskit/mock-server";
import { writeEcho } from "./echo.ts";

export interface NodeServerOptions {
  /** SETTINGS_MAX_CONCURRENT_STREAMS. Default 1,000. */
  readonly streams?: number;
  /** Octets of the HPACK tables, of both directions. Default 4,096. */
  readonly headerTableSize?: number;
  /** Flow-control window of a stream, in octets. Default 65,535. */
  readonly streamWindow?: number;
  /** Flow-control window of a connection, in octets. Default 65,535. */
  readonly connectionWindow?: number;
}

/** A server on `node:http2` (nghttp2) in this process: it echoes each request and counts requests by `apns-id`. */
export class NodeServer implements AsyncDisposable {
  readonly ca: string;
  /** How often each `apns-id` has arrived, complete with its body. */
  readonly counts = new Map<string, number>();
  /** Called for each request, after the server has counted it and before it answers. */
  onRequest: (() => void) | undefined;
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor(ca: string, server: Http2SecureServer, connectionWindow: number) {
    this.ca = ca;
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("session", (session: ServerHttp2Session) => {
      // The client must report how a session ends.
      session.on("error", () => {});
      if (connectionWindow > 65_535) session.setLocalWindowSize(connectionWindow);
    });
    server.on("sessionError", () => {});
    server.on("tlsClientError", () => {});
    server.on("stream", (stream, headers) => this.#answer(stream, headers));
  }

  static async start(options: NodeServerOptions = {}): Promise<NodeServer> {
    const { streams = 1_000, headerTableSize = 4_096, streamWindow = 65_535 } = options;
    const authority = await CertificateAuthority.create();
    const server = createSecureServer({
      ...(await authority.issue()),
      maxDeflateDynamicTableSize: headerTableSize,
      settings: { maxConcurrentStreams: streams, headerTableSize, initialWindowSize: streamWindow },
    });
    const started = new NodeServer(authority.certificate, server, options.connectionWindow ?? 65_535);
    await started.listen();
    return started;
  }

  get port(): number {
    return this.#port;
  }

  get origin(): string {
    return `https://localhost:${this.#port}`;
  }

  /** Listens again on the same port. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Appears dead to clients: cuts all connections and refuses new ones. */
  async die(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.die();
  }

  #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders & { ":path"?: string | undefined }): void {
    const parts: Buffer[] = [];
    stream.on("error", () => {});
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => {
      const id = headers["apns-id"];
      if (typeof id === "string") this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
      this.onRequest?.();
      if (stream.destroyed || stream.closed) return;
      // A proxy repeats the authority as host.
      const fields = Object.entries(headers).filter(([name]) => !name.startsWith(":") && name !== "host");
      stream.respond({ ":status": 200, ...(id === undefined ? {} : { "apns-id": id }) });
      const lines = fields.map(([name, value]) => `${name}: ${value}`);
      stream.end(writeEcho(headers[":path"] ?? "", lines, Buffer.concat(parts)));
    });
  }
}
