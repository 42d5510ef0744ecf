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
  /** Origin for device pushes, e.g. `https://127.0.0.1:50123`. */
  readonly origin: string;
  /** The port of `origin`. */
  readonly port: number;
  /** Origin for broadcasts; `origin` accepts them too. */
  readonly broadcastOrigin: string;
  /** Origin for channel management. */
  readonly managementOrigin: string;
  /** The environment of APNs that it plays. */
  readonly environment: ApnsEnvironment;
  /** The authority behind the server's certificate. */
  readonly authority: CertificateAuthority;
  /**
   * Spread it into the options of a connection or a pool, or of an apnskit client next to `auth:
   * certificate(server.clientCertificate)`.
   */
  readonly clientOptions: {
    /** Options for TLS; all PEM. */
    tls: {
      /** The authority's certificate. */
      ca: string;
      /** A client certificate, with `auth: "certificate"` only. */
      cert?: string;
      /** Its private key. */
      key?: string;
    };
  };
  /** The client certificate of `clientOptions`, PEM; with `auth: "certificate"` only. */
  readonly clientCertificate: IssuedCertificate | undefined;
  /** Credentials for clients: the content of a `.p8` file with its key id and team id. */
  readonly key: SigningKey;
  /** Arrived requests and their results. */
  readonly ledger: Ledger;
  /** The device tokens that a caller registered or changed. */
  readonly devices: DeviceRegistry;
  /** The provider keys that are accepted. */
  readonly tokens: ProviderTokens;
  /** The broadcast channels of all apps. */
  readonly channels: Channels;
  /** Devices with Wallet, which get the pushes of this server and ask web services for changes. */
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
   * @throws InvalidMockInput for an invalid option, InvalidMockCredentials for an unreadable key,
   *   MockListenError if a port is taken
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

  /** The authority's certificate, PEM: the value for a client's `ca`. */
  get ca(): string {
    return this.authority.certificate;
  }

  /** The open connections, over all ports. */
  get connections(): OpenConnection[] {
    return this.#ports.connections;
  }

  /** The records of all open connections and of the latest 200 closed ones, oldest first. */
  get connectionRecords(): ConnectionRecord[] {
    return this.#histories.list();
  }

  /** The record of one connection, by its number in the ledger; undefined if it was dropped. */
  connectionRecord(number: number): ConnectionRecord | undefined {
    return this.#histories.get(number);
  }

  /** Signs a provider token with `key`, by default at the server's time, for clients that cannot sign. */
  providerToken(options: SignOptions = {}): string {
    return this.#credentials.providerToken(options);
  }

  /**
   * Issues a client certificate that this server accepts, named after the first of `topics`, or after `uid`,
   * or after the team's first bundle id.
   */
  issueClientCertificate(options: Omit<IssueOptions, "usage"> = {}): Promise<IssuedCertificate> {
    return this.#credentials.issueClientCertificate(options);
  }

  /** Refuses a client certificate from now on, by its serial number in hexadecimal. */
  revokeCertificate(serialNumber: string): void {
    this.#credentials.revoke(serialNumber);
  }

  /** Adds a bundle id to the team's. Connections with an earlier accepted push do not know it. */
  addTopic(bundleId: string): void {
    this.#credentials.addTopic(bundleId);
  }

  /** Waits for requests; see `Ledger.received`. */
  received(options: ReceivedOptions = {}): Promise<LedgerEntry[]> {
    return this.ledger.received(options);
  }

  /**
   * Activates a fault; `removeFault(id)` or its `times` ends it. @throws InvalidMockInput if it is invalid
   */
  inject(fault: Fault): InjectedFault {
    return this.#faults.inject(fault);
  }

  /** @returns whether the fault was active */
  removeFault(id: number): boolean {
    return this.#faults.remove(id);
  }

  /** Ends all faults; their effects on open connections stay. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** The active faults, oldest first. */
  get faults(): InjectedFault[] {
    return this.#faults.list();
  }

  /** Sets the response time from now on. @throws InvalidMockInput for an invalid latency */
  setLatency(latency: Latency): void {
    this.#responseTime.set(latency);
  }

  /** The latency that was last set, in milliseconds; latencies of faults are added to it. */
  get latency(): Latency {
    return this.#responseTime.latency;
  }

  /**
   * Acts on the open connections at once.
   *
   * @param connection only to this one, by its number
   * @returns how many connections were hit
   * @throws InvalidMockInput for an action that a connection does not have
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

  /** Stops listening: the system refuses new connections (ECONNREFUSED), open ones continue. */
  pauseListening(): void {
    this.#ports.pause();
  }

  /** Listens again on the same ports. @throws MockListenError if another program has taken one */
  async resumeListening(): Promise<void> {
    await this.#ports.resume();
  }

  /** Ends all connections and releases the ports. */
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

/** The public part of a connection. */
export type OpenConnection = Pick<
  Connection,
  | "number"
  | "state"
  | "inflight"
  | "counts"
  | "takePeak"
  | "incidents"
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
