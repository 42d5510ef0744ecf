import { once } from "node:events";
import { performServerHandshake } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { IssuedCertificate } from "../credentials/certificate-authority.ts";
import { type ClientCertificate, clientCertificate } from "../credentials/client-certificate.ts";
import { ConnectionCredentials, type CredentialRules } from "../credentials/connection-credentials.ts";
import { MockListenError } from "../errors.ts";
import type { Service } from "../services/service.ts";
import { Connection } from "./connection.ts";
import type { ConnectionHistories } from "./connection-histories.ts";
import type { ConnectionWorld } from "./connection-world.ts";
import { probe } from "./http1-probe.ts";
import { Wire } from "./wire.ts";

/** The parts that the ports of a server share. */
export interface ListenerWorld {
  readonly connection: ConnectionWorld;
  readonly credentials: CredentialRules;
  readonly identity: IssuedCertificate;
  /** PEM: the authority for client certificates. */
  readonly ca: string;
  /** Serial numbers of client certificates that are refused in the handshake. */
  readonly revoked: ReadonlySet<string>;
  /** The number of connections so far; each takes the next number. */
  connections: number;
  readonly histories: ConnectionHistories;
}

/** Bounds of node:http2, so wide that the bounds of APNs apply first. */
const BOUNDS = {
  /** Megabytes. */
  maxSessionMemory: 1000,
  /** The limit of streams may go up and down faster than a client acknowledges it. */
  maxOutstandingSettings: 10_000,
  maxSessionRejectedStreams: 2 ** 31,
  maxSessionInvalidFrames: 2 ** 31,
};

/** One TCP port with TLS and HTTP/2 on it. */
export class Listener {
  readonly connections = new Set<Connection>();
  readonly #world: ListenerWorld;
  readonly #serviceFor: (path: string) => Service;
  readonly #server: Server;
  readonly #tls: TlsServer;
  #bound: AddressInfo | undefined;
  readonly #sockets = new Set<Socket>();
  /** Peers to refuse after TLS, which hands on a different socket object. */
  readonly #turnedAway = new Set<string>();

  constructor(world: ListenerWorld, serviceFor: (path: string) => Service) {
    this.#world = world;
    this.#serviceFor = serviceFor;
    this.#server = createServer((socket) => this.#onSocket(socket));
    this.#tls = createTlsServer({
      ...world.identity,
      ca: world.ca,
      minVersion: "TLSv1.2",
      // Requested from every client, token clients included. A bad certificate is refused by an answer.
      requestCert: true,
      rejectUnauthorized: false,
      // A client without h2 still gets its handshake, and then the GOAWAY with the reason.
      ALPNCallback: ({ protocols }) => (protocols.includes("h2") ? "h2" : protocols[0]),
    });
    this.#tls.on("secureConnection", (socket) => this.#onSecure(socket));
  }

  /** @param port 0 for any free one @throws MockListenError if the port is taken */
  async listen(port: number, host: string): Promise<void> {
    try {
      this.#server.listen(port, host);
      await once(this.#server, "listening");
    } catch (cause) {
      throw new MockListenError("The mock server", host, port, cause);
    }
    this.#bound = this.#server.address() as AddressInfo;
  }

  get port(): number {
    return this.#bound!.port;
  }

  /** Whether new connections are taken. */
  get isListening(): boolean {
    return this.#server.listening;
  }

  /** Releases the port for a while: connecting fails, open connections continue. */
  pause(): void {
    if (this.#server.listening) this.#server.close();
  }

  /** Takes the port again. */
  async resume(): Promise<void> {
    if (!this.#server.listening && this.#bound) await this.listen(this.#bound.port, this.#bound.address);
  }

  async close(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, "close") : undefined;
    this.pause();
    for (const connection of this.connections) connection.drop();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #onSocket(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    const refusal = this.#world.connection.faults.drawRefusal();
    const how = refusal && (refusal.how ?? "close");
    if (how === "close") socket.destroy();
    else if (how === "hang") socket.pause();
    else {
      if (how === "close-after-handshake") this.#turnAway(socket);
      this.#tls.emit("connection", socket);
    }
  }

  #turnAway(socket: Socket): void {
    const peer = address(socket);
    this.#turnedAway.add(peer);
    socket.on("close", () => this.#turnedAway.delete(peer));
  }

  #onSecure(socket: TLSSocket): void {
    if (this.#turnedAway.has(address(socket))) {
      socket.destroy();
      return;
    }
    const certificate = clientCertificate(socket);
    if (certificate && this.#isRefused(certificate)) {
      socket.destroy();
      return;
    }
    if (socket.alpnProtocol === "h2") this.#openSession(socket, certificate);
    else probe(socket, () => this.#openSession(socket, certificate));
  }

  /** A revoked certificate fails in the handshake ("Establishing a certificate-based connection to APNs"). */
  #isRefused(certificate: ClientCertificate): boolean {
    if (this.#world.credentials.anything) return false;
    const expired = certificate.notAfter < this.#world.connection.now();
    return certificate.trusted && (expired || this.#world.revoked.has(certificate.serialNumber));
  }

  #openSession(socket: TLSSocket, certificate: ClientCertificate | undefined): void {
    const { behaviour } = this.#world.connection;
    const { anything } = this.#world.credentials;
    // A client with a certificate has authenticated ("Establishing a connection to APNs").
    const known = anything || certificate !== undefined;
    const maxConcurrentStreams = known ? behaviour.maxConcurrentStreams : behaviour.streamsBeforeToken;
    const wire = new Wire(socket);
    const session = performServerHandshake(wire as Duplex, {
      settings: {
        headerTableSize: 4096,
        maxConcurrentStreams,
        initialWindowSize: 65_535,
        maxFrameSize: 16_384,
        maxHeaderListSize: 8000,
      },
      ...BOUNDS,
    });
    const number = ++this.#world.connections;
    const history = this.#world.histories.open({
      number,
      peer: address(socket),
      tls: socket.getProtocol() ?? undefined,
      certificateTopics: certificate && [...certificate.topics],
    });
    history.note({ kind: "settings", maxConcurrentStreams });
    const connection = new Connection({
      number,
      history,
      session,
      wire,
      world: this.#world.connection,
      credentials: new ConnectionCredentials(
        this.#world.credentials,
        certificate,
        socket.remoteAddress ?? "",
      ),
      known,
      serviceFor: this.#serviceFor,
    });
    this.connections.add(connection);
    session.on("close", () => {
      this.connections.delete(connection);
      this.#world.histories.close(history);
    });
  }
}

function address(socket: Socket): string {
  return `${socket.remoteAddress} port ${socket.remotePort}`;
}
