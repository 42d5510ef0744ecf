import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { type GuardedLogger, wordsOf } from "@apnskit/connection/internal";
import type { ListenerScope } from "../apps/app-choice.ts";
import { GatewayListenFailed } from "../errors.ts";

/** The two services of the old provider API. */
export type LegacyService = "push" | "feedback";

/** A listener whose options were checked. */
export interface ListenerSetup {
  readonly service: LegacyService;
  readonly host: string | undefined;
  readonly port: number;
  readonly scope: ListenerScope;
  /** With certificates and trust. */
  readonly tls: TlsOptions;
  /** Milliseconds that a client has for the TLS handshake. */
  readonly handshakeTimeout: number;
  /** Connections at a time; further ones are closed at once. */
  readonly maxConnections: number;
}

/** Where a listener listens. */
export interface ListenerAddress {
  readonly service: LegacyService;
  readonly host: string;
  readonly port: number;
}

/** Milliseconds of silence after which the system probes the client. Idle clients stay for days. */
const KEEPALIVE = 60_000;

/** One port with TLS. */
export class Listener {
  readonly setup: ListenerSetup;
  readonly #server: Server;
  readonly #logger: GuardedLogger;
  /** Connections that were refused because there were too many. */
  dropped = 0;
  /** Connections that ended before TLS was established. */
  failedHandshakes = 0;

  /** @param onConnection gets each socket when its TLS handshake is over */
  constructor(
    setup: ListenerSetup,
    logger: GuardedLogger,
    onConnection: (socket: TLSSocket, listener: Listener) => void,
  ) {
    const { tls, handshakeTimeout, maxConnections, scope } = setup;
    this.setup = setup;
    this.#logger = logger;
    this.#server = createServer(
      {
        ...tls,
        handshakeTimeout,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEPALIVE,
        requestCert: !scope.admitsAnyone,
        // The gateway decides by itself, because a pinned certificate needs no authority.
        rejectUnauthorized: false,
      },
      (socket) => {
        // Not before: a client that ends its side during the handshake would keep the connection open.
        socket.allowHalfOpen = true;
        onConnection(socket, this);
      },
    );
    this.#server.maxConnections = maxConnections;
    this.#server.on("drop", () => {
      this.dropped++;
      logger.warn({ service: setup.service, maxConnections }, "connection turned away: too many are open");
    });
    this.#server.on("tlsClientError", (error, socket) => {
      this.failedHandshakes++;
      const { service } = setup;
      logger.warn({ service, address: socket.remoteAddress, reason: wordsOf(error) }, "TLS handshake failed");
    });
  }

  /** @throws GatewayListenFailed */
  async listen(): Promise<void> {
    const { host, port, service } = this.setup;
    this.#server.listen({ port, host });
    try {
      await once(this.#server, "listening");
    } catch (error) {
      const where = `${host ?? "all addresses"}, port ${port}`;
      const { code = "unknown error" } = error as NodeJS.ErrnoException;
      throw new GatewayListenFailed(`the ${service} service cannot listen at ${where} (${code})`, {
        cause: error,
      });
    }
    // An error later on, such as too many open files, ends one connection and not the gateway.
    this.#server.on("error", (error) => this.#logger.error({ service, err: error }, "listener"));
  }

  /** Where it listens; `undefined` while it does not. */
  get address(): ListenerAddress | undefined {
    const address = this.#server.address() as AddressInfo | null;
    if (address === null) return undefined;
    return { service: this.setup.service, host: address.address, port: address.port };
  }

  /** Takes no more connections. Open connections stay. */
  close(): void {
    if (this.#server.listening) this.#server.close();
  }
}
