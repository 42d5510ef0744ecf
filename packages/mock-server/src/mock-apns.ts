import type {
  CertificateAuthority,
  IssuedCertificate,
  IssueOptions,
} from "./credentials/certificate-authority.ts";
import type { ApnsEnvironment } from "./credentials/certificate-extensions.ts";
import type { SigningKey, SignOptions } from "./credentials/provider-keys.ts";
import type { ProviderTokens } from "./credentials/provider-tokens.ts";
import { ServerCredentials } from "./credentials/server-credentials.ts";
import { Delays } from "./faults/delays.ts";
import type { ConnectionAction, Fault, InjectedFault } from "./faults/fault.ts";
import { shapeOfKind, strikeShapes } from "./faults/fault-shapes.ts";
import { Faults } from "./faults/faults.ts";
import { type Latency, ResponseTime } from "./faults/latency.ts";
import { Random } from "./faults/random.ts";
import { namesOf } from "./host-addresses.ts";
import { Ledger, type ReceivedOptions } from "./ledger/ledger.ts";
import type { LedgerEntry } from "./ledger/ledger-entry.ts";
import { behaviourOf, checkOptions, type MockApnsOptions, pushRulesOf } from "./options.ts";
import { warnUnderBun } from "./runtime-warning.ts";
import { BroadcastService } from "./services/broadcast-service.ts";
import { ChannelService } from "./services/channel-service.ts";
import { Channels } from "./services/channels.ts";
import { DevicePushService } from "./services/device-push-service.ts";
import { DeviceRegistry } from "./services/device-registry.ts";
import { Wallet } from "./wallet/wallet.ts";
import type { Connection } from "./wire/connection.ts";
import { ConnectionHistories } from "./wire/connection-histories.ts";
import type { ConnectionRecord } from "./wire/connection-history.ts";
import { Ports } from "./wire/ports.ts";
import type { RequestStream } from "./wire/request-stream.ts";

/** A stand-in for the Apple Push Notification service on this machine. */
export class MockApns {
  /** Where device pushes go, e.g. `https://127.0.0.1:50123`. */
  readonly origin: string;
  /** The port of `origin`. */
  readonly port: number;
  /** Where broadcasts go; `origin` takes them too. */
  readonly broadcastOrigin: string;
  /** Where channels are managed. */
  readonly managementOrigin: string;
  /** Which of APNs's two environments this is. */
  readonly environment: ApnsEnvironment;
  /** The authority behind the server's certificate. */
  readonly authority: CertificateAuthority;
  /**
   * Ready to be spread into the options of a connection or a pool, and of a client of apnskit beside
   * `auth: certificate(server.clientCertificate)`.
   */
  readonly clientOptions: {
    /** What TLS needs; all PEM. */
    tls: {
      /** The authority's certificate. */
      ca: string;
      /** A client certificate, with `auth: "certificate"` only. */
      cert?: string;
      /** Its private key. */
      key?: string;
    };
  };
  /** The client certificate of `clientOptions` alone, PEM; with `auth: "certificate"` only. */
  readonly clientCertificate: IssuedCertificate | undefined;
  /** Credentials for clients: the content of a `.p8` file with its key id and team id. */
  readonly key: SigningKey;
  /** What arrived, and what became of it. */
  readonly ledger: Ledger;
  /** The device tokens that it was told about. */
  readonly devices: DeviceRegistry;
  /** The provider keys that are accepted. */
  readonly tokens: ProviderTokens;
  /** The broadcast channels of all apps. */
  readonly channels: Channels;
  /** Devices with Wallet, which get the pushes of this server and ask web services what changed. */
  readonly wallet: Wallet;
  readonly #credentials: ServerCredentials;
  readonly #faults: Faults;
  readonly #delays: Delays<RequestStream>;
  readonly #responseTime: ResponseTime;
  readonly #ports: Ports;
  readonly #histories: ConnectionHistories;

  private constructor(parts: MockApnsParts) {
    const { credentials, ports } = parts;
    const { authority, clientCertificate } = credentials;
    this.environment = credentials.environment;
    this.authority = authority;
    this.clientCertificate = clientCertificate;
    this.clientOptions = { tls: { ca: authority.certificate, ...clientCertificate } };
    this.key = credentials.key;
    this.tokens = credentials.tokens;
    this.ledger = parts.ledger;
    this.devices = parts.devices;
    this.channels = parts.channels;
    this.wallet = new Wallet(parts.ledger, parts.devices);
    this.origin = ports.origin;
    this.port = ports.port;
    this.broadcastOrigin = ports.broadcastOrigin;
    this.managementOrigin = ports.managementOrigin;
    this.#credentials = credentials;
    this.#faults = parts.faults;
    this.#delays = parts.delays;
    this.#responseTime = parts.responseTime;
    this.#ports = ports;
    this.#histories = parts.histories;
  }

  /**
   * Starts a server.
   *
   * @throws InvalidMockInput for an option that makes no sense, InvalidMockCredentials for a key that cannot be read,
   * MockListenError if a port is taken
   */
  static async start(given: MockApnsOptions = {}): Promise<MockApns> {
    const options = checkOptions(given);
    warnUnderBun();
    const { now = Date.now } = options;
    const random = new Random(options.seed ?? 1);
    const faults = new Faults(random);
    for (const fault of options.faults ?? []) faults.inject(fault);
    const responseTime = new ResponseTime(options.latency ?? 0, random);
    const ledger = new Ledger(options.ledger, now);
    const altNames = options.altNames ?? namesOf(options.host ?? "127.0.0.1");
    const credentials = await ServerCredentials.create(options, now, altNames);
    const devices = new DeviceRegistry({
      environment: credentials.environment,
      acceptUnknown: options.acceptUnknownDevices ?? true,
      rateLimit: options.deviceRateLimit,
      now,
    });
    const channels = new Channels({
      limit: options.maxChannels ?? 10_000,
      apps: options.broadcastApps,
      random,
    });
    const delays = new Delays<RequestStream>((request) => request.connection.process(request));
    const histories = new ConnectionHistories(now);
    const ports = await Ports.open(
      {
        connection: {
          behaviour: behaviourOf(options),
          ledger,
          faults,
          delays,
          latency: () => responseTime.next(),
          random,
          now,
        },
        credentials: credentials.rules(),
        identity: credentials.identity,
        ca: credentials.authority.certificate,
        revoked: credentials.revoked,
        connections: 0,
        histories,
      },
      {
        push: new DevicePushService(credentials.environment, devices, pushRulesOf(options)),
        broadcast: new BroadcastService(channels),
        channel: new ChannelService(channels),
      },
      options,
    );
    const parts = { credentials, ledger, devices, channels, faults, responseTime, delays, ports, histories };
    return new MockApns(parts);
  }

  /** The authority's certificate, PEM: what clients put into `ca`. */
  get ca(): string {
    return this.authority.certificate;
  }

  /** The connections that are open, over all ports. */
  get connections(): OpenConnection[] {
    return this.#ports.connections;
  }

  /** What became of each connection: of those that are open, and of the latest 200 that are closed; oldest first. */
  get connectionRecords(): ConnectionRecord[] {
    return this.#histories.list();
  }

  /** The record of one connection, by its number in the ledger; undefined if it is forgotten. */
  connectionRecord(number: number): ConnectionRecord | undefined {
    return this.#histories.get(number);
  }

  /** Signs a provider token with `key`, by default at the server's own time, for clients that cannot do it themselves. */
  providerToken(options: SignOptions = {}): string {
    return this.#credentials.providerToken(options);
  }

  /**
   * Issues a client certificate that this server accepts, named after the first of `topics`, else after `uid`, else after the
   * team's first bundle id.
   */
  issueClientCertificate(options: Omit<IssueOptions, "usage"> = {}): Promise<IssuedCertificate> {
    return this.#credentials.issueClientCertificate(options);
  }

  /** Refuses a client certificate from now on, by its serial number in hexadecimal. */
  revokeCertificate(serialNumber: string): void {
    this.#credentials.revoke(serialNumber);
  }

  /** Adds a bundle id to the team's. Connections that had an accepted push before do not know it. */
  addTopic(bundleId: string): void {
    this.#credentials.addTopic(bundleId);
  }

  /** Waits for requests; see `Ledger.received`. */
  received(options: ReceivedOptions = {}): Promise<LedgerEntry[]> {
    return this.ledger.received(options);
  }

  /** Puts a fault in force; `removeFault(id)` or its `times` ends it. @throws InvalidMockInput for one that makes no sense */
  inject(fault: Fault): InjectedFault {
    return this.#faults.inject(fault);
  }

  /** @returns whether the fault was in force */
  removeFault(id: number): boolean {
    return this.#faults.remove(id);
  }

  /** Ends all faults; what they have done to open connections stays. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** The faults in force, oldest first. */
  get faults(): InjectedFault[] {
    return this.#faults.list();
  }

  /** From now on requests take so long. @throws InvalidMockInput for a latency that makes no sense */
  setLatency(latency: Latency): void {
    this.#responseTime.set(latency);
  }

  /** The latency that was set last, in milliseconds; those of faults come on top. */
  get latency(): Latency {
    return this.#responseTime.latency;
  }

  /**
   * Does something to the open connections at once.
   *
   * @param connection only to this one, by its number
   * @returns how many were hit
   * @throws InvalidMockInput for what cannot be done to a connection
   */
  strike(action: ConnectionAction, connection?: number): number {
    const checked = shapeOfKind(strikeShapes, "strike", action?.kind).check({ ...action, connection });
    const hit = this.connections.filter(({ number }) => connection === undefined || number === connection);
    for (const each of hit) each.strike(checked);
    return hit.length;
  }

  /** Whether new connections are taken; false after `pauseListening()`. */
  get isListening(): boolean {
    return this.#ports.isListening;
  }

  /** Stops listening: new connections are refused by the system (ECONNREFUSED), open ones live on. */
  pauseListening(): void {
    this.#ports.pause();
  }

  /** Listens again, at the same ports. @throws MockListenError if another program has taken one */
  async resumeListening(): Promise<void> {
    await this.#ports.resume();
  }

  /** Ends all connections and gives the ports back. */
  async close(): Promise<void> {
    this.#delays.clear();
    this.wallet.close();
    await this.#ports.close();
    this.ledger.close();
  }

  /** As {@link MockApns.close}: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A connection as its server shows it. */
export type OpenConnection = Pick<
  Connection,
  | "number"
  | "state"
  | "inflight"
  | "counts"
  | "takePeak"
  | "streamLimit"
  | "refusedStreams"
  | "strike"
  | "goaway"
  | "setStreamLimit"
  | "stall"
  | "drop"
>;

interface MockApnsParts {
  credentials: ServerCredentials;
  ledger: Ledger;
  devices: DeviceRegistry;
  channels: Channels;
  faults: Faults;
  responseTime: ResponseTime;
  delays: Delays<RequestStream>;
  ports: Ports;
  histories: ConnectionHistories;
}
