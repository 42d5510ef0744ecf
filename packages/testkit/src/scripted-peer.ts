import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { testAuthority } from "./certificates.ts";
import type { Settings } from "./http2/codes.ts";
import { defaultPatience, Inbox } from "./inbox.ts";
import type { ScriptedRequest } from "./scripted-request.ts";
import { type Automatic, type Responder, ScriptedSession } from "./scripted-session.ts";
import { type ScriptedTls, secure } from "./tls-handshake.ts";

export interface ScriptedPeerOptions {
  /** `false`: plain TCP. A function decides for each connection. It gets the connection's number, from 0. */
  readonly tls?: ScriptedTls | false | ((connection: number) => ScriptedTls | false);
  /** Default `"127.0.0.1"`. */
  readonly host?: "127.0.0.1" | "::1";
  /** Default: any free port. */
  readonly port?: number;
  /**
   * The first SETTINGS frame of each session. `false` sends no frame. Default
   * `{ maxConcurrentStreams: 1000 }`.
   */
  readonly settings?: Settings | false;
  /** Frames that sessions send automatically. Default: all. */
  readonly automatic?: Partial<Automatic>;
  /** Answers requests of every session. */
  readonly respond?: Responder;
  /** Called with each session after its preface arrived, and with its number, from 0. */
  readonly onSession?: (session: ScriptedSession, number: number) => unknown;
  /** Milliseconds after which a wait fails. Default 10,000. */
  readonly patience?: number;
  /** Whether `close` ignores violations of the protocol by the client. */
  readonly tolerant?: boolean;
}

/** An HTTP/2 server on loopback that follows a script. Shares no code with the client under test. */
export class ScriptedPeer implements AsyncDisposable {
  /** The certificate to trust, PEM. */
  readonly ca: string;
  /** Sessions whose preface arrived, in order, closed ones included. */
  readonly sessions: ScriptedSession[] = [];
  /** Every request whose headers arrived, over all sessions, in order. */
  readonly received: ScriptedRequest<ScriptedSession>[] = [];
  /** TCP connections accepted so far. */
  connectionCount = 0;
  readonly #options: ScriptedPeerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** All sessions, including those without a preface. */
  readonly #begun: ScriptedSession[] = [];
  readonly #sessionInbox: Inbox<ScriptedSession>;
  readonly #requestInbox: Inbox<ScriptedRequest<ScriptedSession>>;
  readonly #connectionInbox: Inbox<void>;
  readonly #scriptErrors: unknown[] = [];

  private constructor(ca: string, options: ScriptedPeerOptions) {
    this.ca = ca;
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (raw) => this.#accept(raw));
    const context = () => `${this.connectionCount} connections, ${this.received.length} requests so far`;
    const patience = options.patience ?? defaultPatience;
    this.#sessionInbox = new Inbox(context, patience);
    this.#requestInbox = new Inbox(context, patience);
    this.#connectionInbox = new Inbox(context, patience);
  }

  static async listen(options: ScriptedPeerOptions = {}): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer((await testAuthority()).certificate, options);
    peer.#server.listen(options.port ?? 0, options.host ?? "127.0.0.1");
    await once(peer.#server, "listening");
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `https://127.0.0.1:<port>`; `http:` without TLS. */
  get origin(): string {
    const host = this.#options.host ?? "127.0.0.1";
    const scheme = this.#options.tls === false ? "http" : "https";
    return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${this.port}`;
  }

  /** The next session, after its preface arrived. */
  session(): Promise<ScriptedSession> {
    return this.#sessionInbox.take("a session");
  }

  /** The next complete request, on any session. */
  request(): Promise<ScriptedRequest<ScriptedSession>> {
    return this.#requestInbox.take("a request on any session");
  }

  async requests(count: number): Promise<ScriptedRequest<ScriptedSession>[]> {
    const requests: ScriptedRequest<ScriptedSession>[] = [];
    for (let i = 1; i <= count; i++) {
      requests.push(await this.#requestInbox.take(`request ${i} of ${count} on any session`));
    }
    return requests;
  }

  /** The next TCP connection, even if it sends nothing. */
  connection(): Promise<void> {
    return this.#connectionInbox.take("a connection");
  }

  /** Rules that the client broke on any session. */
  get violations(): string[] {
    return this.#begun.flatMap((session, i) => session.violations.map((text) => `session ${i}: ${text}`));
  }

  /**
   * Stops listening and drops all connections.
   *
   * @throws Error if a client broke the protocol (unless `tolerant`), or if a callback of the script threw
   */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) {
      this.#server.close();
      await once(this.#server, "close");
    }
    for (const inbox of [this.#sessionInbox, this.#requestInbox, this.#connectionInbox]) {
      inbox.end("the peer was closed");
    }
    if (this.#scriptErrors.length > 0) throw this.#scriptErrors[0];
    if (!this.#options.tolerant && this.violations.length > 0) {
      throw new Error(`the client broke the protocol:\n${this.violations.join("\n")}`);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(raw: Socket): Promise<void> {
    this.#sockets.add(raw);
    raw.on("close", () => this.#sockets.delete(raw));
    const { tls = {} } = this.#options;
    const connection = this.connectionCount++;
    this.#connectionInbox.put();
    const scripted = typeof tls === "function" ? tls(connection) : tls;
    const socket = scripted === false ? raw : await secure(raw, scripted);
    if (socket) this.#begin(socket, raw);
  }

  #begin(socket: Socket, raw: Socket): void {
    const { settings = { maxConcurrentStreams: 1000 }, respond, onSession } = this.#options;
    const failed = (error: unknown) => this.#scriptErrors.push(error);
    const session = new ScriptedSession(
      socket,
      raw,
      {
        ready: () => {
          const number = this.sessions.push(session) - 1;
          this.#sessionInbox.put(session);
          if (onSession) new Promise((resolve) => resolve(onSession(session, number))).catch(failed);
        },
        head: (request) => this.received.push(request),
        complete: (request) => this.#requestInbox.put(request),
        failed,
      },
      this.#options,
    );
    this.#begun.push(session);
    if (settings) session.sendSettings(settings);
    if (respond) session.autoRespond(respond);
  }
}
