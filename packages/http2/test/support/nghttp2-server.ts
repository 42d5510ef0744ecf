import { once } from "node:events";
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { ClientSession, type ClientStream, type SessionEvent, type SessionOptions } from "../../src/index.ts";

/** One request as nghttp2 understood it: names and values by turns, octets as characters. */
export interface Received {
  readonly fields: string[];
  readonly body: string;
}

/**
 * An HTTP/2 server on nghttp2, through `node:http2`: an implementation of the protocol that shares nothing with the one
 * under test. It keeps what it receives by path, and answers what it was told to.
 */
export class Nghttp2Server {
  readonly received = new Map<string, Received>();
  /** Answers by path; others are an empty 200. */
  readonly answers = new Map<
    string,
    { headers: OutgoingHttpHeaders; body?: string; trailers?: OutgoingHttpHeaders }
  >();
  readonly sessions: ServerHttp2Session[] = [];
  readonly #server: Http2Server;

  private constructor(options: ServerOptions) {
    this.#server = createServer({
      maxHeaderListPairs: 2_000,
      maxDeflateDynamicTableSize: 65_536,
      ...options,
    } as ServerOptions);
    this.#server.on("session", (session) => this.sessions.push(session));
    this.#server.on(
      "stream",
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawFields: string[]) => {
        const path = String(headers[":path"]);
        const parts: Buffer[] = [];
        // A reset by the client is nothing that a test server complains about.
        stream.on("error", () => {});
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
          const body = Buffer.concat(parts).toString("latin1");
          this.received.set(path, { fields: rawFields.slice(), body });
          const answer = this.answers.get(path) ?? { headers: {} };
          const { trailers } = answer;
          if (trailers) stream.on("wantTrailers", () => stream.sendTrailers(trailers));
          stream.respond({ ":status": 200, ...answer.headers }, { waitForTrailers: trailers !== undefined });
          stream.end(answer.body ?? "");
        });
      },
    );
  }

  static async start(options: ServerOptions = {}): Promise<Nghttp2Server> {
    const server = new Nghttp2Server(options);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** A session of this package on a TCP socket to such a server. */
export class Peer {
  readonly session: ClientSession<string>;
  readonly #socket: Socket;
  /** Promises for what `until` waits for; looked at whenever something came. */
  #check: () => void = () => {};
  readonly finished = new Map<string, ClientStream<string>>();
  #trouble: Error | undefined;

  private constructor(socket: Socket, options: Partial<SessionOptions>) {
    this.#socket = socket;
    this.session = new ClientSession({ authority: "example.com", ...options });
    socket.on("data", (chunk) => {
      for (const event of this.session.receive(chunk)) this.#on(event);
      this.flush();
      this.#check();
    });
    socket.on("error", (error) => {
      this.#trouble ??= error;
      this.#check();
    });
    socket.on("close", () => {
      this.#trouble ??= new Error("the server closed the connection");
      this.#check();
    });
    this.flush();
  }

  static async connect(server: Nghttp2Server, options: Partial<SessionOptions> = {}): Promise<Peer> {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    const peer = new Peer(socket, options);
    await peer.until(() => peer.session.state === "open");
    return peer;
  }

  #on(event: SessionEvent<string>): void {
    if (event.type === "response") this.finished.set(event.stream.owner, event.stream);
    else if (event.type === "error") this.#trouble ??= event.error;
    else if (event.type === "failure") this.#trouble ??= new Error(`${event.failure}: ${event.message}`);
    else if (event.type === "goaway") this.#trouble ??= new Error(`GOAWAY ${event.errorCode} ${event.debug}`);
  }

  flush(): void {
    const { session } = this;
    for (let output = session.takeOutput(); output !== undefined; output = session.takeOutput()) {
      const piece = output;
      this.#socket.write(piece, () => session.recycle(piece));
    }
  }

  /** Resolves once the condition holds; rejects when the connection breaks or a stream fails. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#check = () => {
        if (this.#trouble) reject(this.#trouble);
        else if (condition()) resolve();
      };
      this.#check();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#socket.destroy();
    await once(this.#socket, "close");
  }
}
