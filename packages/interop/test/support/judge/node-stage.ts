import { once } from "node:events";
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, Server, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { CertificateAuthority, type IssuedCertificate } from "@apnskit/mock-server";
import { type NodeConnection, perform } from "./node-actions.ts";
import { ReservedPort } from "./reserved-port.ts";
import type { Scene, SceneEvent, SceneLedger, Stage } from "./scene.ts";
import { SceneEvents } from "./scene-events.ts";
import { Ledger } from "./scene-ledger.ts";
import type { Action, ConnectionPlan, Script, Step } from "./script.ts";

const ACCEPT: Step = { whole: [{ answer: { status: 200 } }] };

/** Runs the same scripts on `node:http2` (nghttp2) in this process, as far as nghttp2 can. */
export class NodeStage implements Stage {
  readonly #identity: IssuedCertificate;
  readonly #ca: string;

  private constructor(identity: IssuedCertificate, ca: string) {
    this.#identity = identity;
    this.#ca = ca;
  }

  static async start(): Promise<NodeStage> {
    const authority = await CertificateAuthority.create();
    return new NodeStage(await authority.issue(), authority.certificate);
  }

  async open(script: Script): Promise<Scene> {
    const scene = new NodeScene(script, this.#identity, this.#ca);
    await scene.listen(true);
    return scene;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

class NodeScene implements Scene {
  readonly ca: string;
  readonly #script: Script;
  readonly #server: Http2SecureServer;
  readonly #ledger = new Ledger();
  readonly #events = new SceneEvents();
  readonly #connections = new Map<number, NodeConnection>();
  readonly #raw = new Map<number | undefined, Socket>();
  #port = 0;
  /** Set while the scene refuses connections, so that its client cannot reach another scene. */
  #reserved: ReservedPort | undefined;
  #count = 0;

  constructor(script: Script, identity: IssuedCertificate, ca: string) {
    this.#script = script;
    this.ca = ca;
    // The first SETTINGS frame leaves before the code can change a session, so all sessions send the same
    // frame.
    const settings = { maxConcurrentStreams: 1_000, ...script.connections?.[0]?.settings };
    this.#server = createSecureServer({ cert: identity.cert, key: identity.key, settings });
    this.#server.on("connection", (socket: Socket) => {
      this.#raw.set(socket.remotePort, socket);
      socket.on("error", () => {});
    });
    this.#server.on("secureConnection", (socket: TLSSocket) => socket.on("error", () => {}));
    this.#server.on("session", (session: ServerHttp2Session) => this.#onSession(session));
    this.#server.on("sessionError", () => {});
    this.#server.on("tlsClientError", () => {});
  }

  get origin(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  async listen(listening: boolean): Promise<void> {
    if (!listening) {
      if (!this.#server.listening) return;
      // Http2SecureServer's own `close` would also close the sessions.
      Server.prototype.close.call(this.#server);
      this.#reserved = await ReservedPort.of(this.#port);
      return;
    }
    if (this.#server.listening) return;
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#release();
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  event(name: SceneEvent["event"], matches?: (event: SceneEvent) => boolean): Promise<SceneEvent> {
    return this.#events.first(name, matches);
  }

  async act(actions: readonly Action[], connection?: number): Promise<void> {
    for (const [number, one] of this.#connections) {
      if (connection === undefined || connection === number) await perform(one, undefined, actions);
    }
  }

  async ledger(): Promise<SceneLedger> {
    return this.#ledger.get();
  }

  async close(): Promise<SceneLedger> {
    this.#events.end("the scene is closed");
    if (this.#server.listening) Server.prototype.close.call(this.#server);
    this.#release();
    for (const { session } of this.#connections.values()) session.destroy();
    for (const socket of this.#raw.values()) socket.destroy();
    return this.#ledger.get();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #release(): void {
    this.#reserved?.[Symbol.dispose]();
    this.#reserved = undefined;
  }

  #onSession(session: ServerHttp2Session): void {
    const number = ++this.#count;
    const tls = session.socket as TLSSocket;
    const connection: NodeConnection = {
      number,
      session,
      raw: this.#raw.get(tls.remotePort)!,
      tls,
      ledger: this.#ledger,
      listen: (listening) => this.listen(listening),
    };
    this.#connections.set(number, connection);
    this.#ledger.connected(number);
    this.#events.add({ event: "connected", connection: number });
    session.on("error", (error: NodeJS.ErrnoException) => {
      // A client may end a connection with a socket error. Other errors are broken rules.
      if (error.code?.startsWith("ERR_HTTP2")) this.#ledger.violation(number, error.message);
    });
    session.on("close", () => this.#connections.delete(number));
    session.on("stream", (stream, headers) => this.#onStream(connection, stream, headers));
    const { settings, begin = [] } = this.#plan(number);
    if (number > 1 && settings !== undefined) session.settings(settings);
    void perform(connection, undefined, begin);
  }

  #plan(number: number): ConnectionPlan {
    const { connections = [] } = this.#script;
    return connections[Math.min(number, connections.length) - 1] ?? {};
  }

  #step(path: string, attempt: number): Step {
    const { paths = {}, requests = [], afterwards = ACCEPT } = this.#script;
    return (paths[path] ?? requests)[attempt - 1] ?? afterwards;
  }

  #onStream(
    connection: NodeConnection,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders & { ":path"?: string | undefined },
  ): void {
    const path = headers[":path"] ?? "";
    const key = String(headers["apns-id"] ?? path);
    const entry = this.#ledger.open(key, path, connection.number, stream.id!);
    const step = this.#step(path, entry.number);
    const tell = (event: SceneEvent["event"]): void => {
      const { number: attempt, connection: number } = entry;
      this.#events.add({ event, key, attempt, connection: number, stream: entry.stream });
    };
    const run = (actions: readonly Action[] | undefined): void => {
      if (actions === undefined) return;
      void perform(connection, { stream, entry }, actions).then(() => tell("acted"));
    };
    stream.on("error", () => {});
    stream.on("data", (chunk: Buffer) => {
      entry.bytes += chunk.length;
    });
    stream.on("end", () => {
      // A stream also ends if it is cut off.
      if (stream.rstCode !== 0 || stream.aborted) return;
      entry.whole = true;
      tell("whole");
      run(step.whole);
    });
    stream.on("aborted", () => {
      entry.cancelled = true;
      tell("cancelled");
    });
    tell("head");
    run(step.head);
  }
}
