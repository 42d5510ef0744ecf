import {
  CertificateAuthority,
  type IssuedCertificate,
  type IssueOptions,
} from "./credentials/certificate-authority.ts";
import type { ApnsEnvironment } from "./credentials/certificate-extensions.ts";
import type { CredentialRules } from "./credentials/connection-credentials.ts";
import {
  generateSigningKey,
  providerKey,
  type SigningKey,
  type SignOptions,
  signProviderToken,
} from "./credentials/provider-keys.ts";
import { ProviderTokens } from "./credentials/provider-tokens.ts";
import { TokenThrottle } from "./credentials/token-throttle.ts";
import { Delays } from "./faults/delays.ts";
import { checkFault, type Fault, type FaultAction, Faults, type InjectedFault } from "./faults/faults.ts";
import { type Latency, sampler } from "./faults/latency.ts";
import { Random } from "./faults/random.ts";
import { Ledger, type LedgerEntry, type ReceivedOptions } from "./ledger/ledger.ts";
import { behaviourOf, checkOptions, type MockApnsOptions } from "./options.ts";
import { BROADCAST_PREFIX, BroadcastService } from "./services/broadcast-service.ts";
import { ChannelService } from "./services/channel-service.ts";
import { Channels } from "./services/channels.ts";
import { DevicePushService } from "./services/device-push-service.ts";
import { DeviceRegistry } from "./services/device-registry.ts";
import type { Connection } from "./wire/connection.ts";
import type { ConnectionWorld } from "./wire/connection-world.ts";
import { Listener, type ListenerWorld } from "./wire/listener.ts";
import type { RequestStream } from "./wire/request-stream.ts";

const TWENTY_MINUTES = 20 * 60_000;

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
  /** Ready to be spread into the options of a client, pool or connection. */
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
  readonly #faults: Faults;
  readonly #listeners: readonly Listener[];
  readonly #delays: Delays<RequestStream>;
  readonly #setLatency: (latency: Latency) => void;
  readonly #topics: Topics;
  readonly #revoked: Set<string>;
  readonly #now: () => number;

  private constructor(parts: MockApnsParts) {
    this.environment = parts.environment;
    this.authority = parts.authority;
    this.clientOptions = parts.clientOptions;
    this.key = parts.key;
    this.ledger = parts.ledger;
    this.devices = parts.devices;
    this.tokens = parts.tokens;
    this.channels = parts.channels;
    this.#faults = parts.faults;
    this.#delays = parts.delays;
    this.#setLatency = parts.setLatency;
    this.#topics = parts.topics;
    this.#revoked = parts.revoked;
    this.#now = parts.now;
    const { pushes, broadcasts, management } = parts.listeners;
    const origin = ({ port }: Listener) =>
      `https://${parts.host.includes(":") ? `[${parts.host}]` : parts.host}:${port}`;
    this.#listeners = [pushes, broadcasts, management];
    this.port = pushes.port;
    this.origin = origin(pushes);
    this.broadcastOrigin = origin(broadcasts);
    this.managementOrigin = origin(management);
  }

  /**
   * Starts a server.
   *
   * @throws RangeError or TypeError for an option that makes no sense; Error if a port is taken
   */
  static async start(options: MockApnsOptions = {}): Promise<MockApns> {
    const { host = "127.0.0.1", environment = "sandbox", auth = "token", now = Date.now } = options;
    checkOptions(options);
    const random = new Random(options.seed ?? 1);
    const faults = new Faults(random);
    for (const fault of options.faults ?? []) faults.inject(fault);
    let sample = sampler(options.latency ?? 0, random);
    const behaviour = behaviourOf(options);
    const ledger = new Ledger(options.ledger, now);
    const devices = new DeviceRegistry({
      environment,
      acceptUnknown: options.acceptUnknownDevices ?? true,
      rateLimit: options.deviceRateLimit,
      now,
    });
    const key = options.signingKey ?? generateSigningKey();
    const tokens = new ProviderTokens(environment);
    for (const each of [key, ...(options.keys ?? [])]) tokens.register(providerKey(each));
    const topics: Topics = { current: options.topics && new Set(options.topics) };
    const revoked = new Set<string>();

    const authority = options.authority ?? (await CertificateAuthority.create());
    const altNames = options.altNames === undefined ? {} : { altNames: options.altNames };
    const identity = options.identity ?? (await authority.issue(altNames));
    const tls: MockApns["clientOptions"]["tls"] = { ca: authority.certificate };
    if (auth === "certificate") {
      const [topic = "com.example.app"] = options.topics ?? [];
      Object.assign(
        tls,
        await issueClientCertificate(authority, { uid: topic, environments: [environment] }),
      );
    }

    const delays = new Delays<RequestStream>((request) => request.connection.process(request));
    const connection: ConnectionWorld = {
      behaviour,
      ledger,
      faults,
      delays,
      latency: () => sample(),
      random,
      now,
    };
    const tokenUpdateInterval = options.tokenUpdateInterval ?? TWENTY_MINUTES;
    const credentials: CredentialRules = {
      environment,
      anything: auth === "anything",
      tokens,
      tokenUpdateInterval,
      tokenUpdateScope: options.tokenUpdateScope ?? "connection",
      throttle: new TokenThrottle(tokenUpdateInterval),
      topics: () => topics.current,
    };
    let connections = 0;
    const world: ListenerWorld = {
      connection,
      credentials,
      identity,
      ca: authority.certificate,
      revoked,
      nextConnectionNumber: () => ++connections,
    };
    const push = new DevicePushService(environment, devices, {
      wrongSuffix: options.wrongSuffix ?? "BadTopic",
      refuseUrgentBackground: options.refuseUrgentBackground ?? true,
    });
    const channels = new Channels({
      limit: options.maxChannels ?? 10_000,
      apps: options.broadcastApps,
      random,
    });
    const broadcast = new BroadcastService(channels);
    const channel = new ChannelService(channels);
    const listeners = {
      pushes: new Listener(world, (path) => (path.startsWith(BROADCAST_PREFIX) ? broadcast : push)),
      broadcasts: new Listener(world, () => broadcast),
      management: new Listener(world, () => channel),
    };
    try {
      await listeners.pushes.listen(options.port ?? 0, host);
      await listeners.broadcasts.listen(options.broadcastPort ?? 0, host);
      await listeners.management.listen(options.managementPort ?? 0, host);
    } catch (error) {
      await Promise.all(Object.values(listeners).map((listener) => listener.close()));
      throw error;
    }
    return new MockApns({
      host,
      environment,
      authority,
      clientOptions: { tls },
      key,
      ledger,
      devices,
      tokens,
      faults,
      channels,
      listeners,
      delays,
      setLatency: (latency) => {
        sample = sampler(latency, random);
      },
      topics,
      revoked,
      now,
    });
  }

  /** The authority's certificate, PEM: what clients put into `ca`. */
  get ca(): string {
    return this.authority.certificate;
  }

  /** The connections that are open, over all ports. */
  get connections(): OpenConnection[] {
    return this.#listeners.flatMap((listener) => [...listener.connections]);
  }

  /** Signs a provider token with `key`, by default at the server's own time, for clients that cannot do it themselves. */
  providerToken(options: SignOptions = {}): string {
    return signProviderToken(this.key, { issuedAt: Math.floor(this.#now() / 1000), ...options });
  }

  /** Issues a client certificate that this server accepts, for the topics given or for `uid` alone. */
  issueClientCertificate(options: Omit<IssueOptions, "usage"> = {}): Promise<IssuedCertificate> {
    return issueClientCertificate(this.authority, { uid: "com.example.app", ...options });
  }

  /** Refuses a client certificate from now on, by its serial number in hexadecimal. */
  revokeCertificate(serialNumber: string): void {
    this.#revoked.add(serialNumber.toUpperCase());
  }

  /** Adds a bundle id to the team's. Connections that had an accepted push before do not know it. */
  addTopic(bundleId: string): void {
    this.#topics.current = new Set([...(this.#topics.current ?? []), bundleId]);
  }

  /** Waits for requests; see `Ledger.received`. */
  received(options: ReceivedOptions = {}): Promise<LedgerEntry[]> {
    return this.ledger.received(options);
  }

  /** Puts a fault in force; `removeFault(id)` or its `times` ends it. */
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

  /** From now on requests take so long. */
  setLatency(latency: Latency): void {
    this.#setLatency(latency);
  }

  /**
   * Does something to the open connections at once.
   *
   * @param connection only to this one, by its number
   * @returns how many were hit
   * @throws TypeError or RangeError for what cannot be done to a connection
   */
  strike(action: ConnectionAction, connection?: number): number {
    if (!["goaway", "settings", "stall", "drop"].includes(action.kind)) {
      throw new TypeError(`A connection cannot be struck with ${JSON.stringify(action.kind)}`);
    }
    checkFault(action);
    const hit = this.connections.filter(({ number }) => connection === undefined || number === connection);
    for (const each of hit) each.strike(action);
    return hit.length;
  }

  /** Stops listening: new connections are refused by the system (ECONNREFUSED), open ones live on. */
  pauseListening(): void {
    for (const listener of this.#listeners) listener.pause();
  }

  /** Listens again, at the same ports. @throws Error if one has been taken meanwhile */
  async resumeListening(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.resume()));
  }

  /** Ends all connections and gives the ports back. */
  async close(): Promise<void> {
    this.#delays.clear();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
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
  "number" | "state" | "inflight" | "streamLimit" | "strike" | "goaway" | "setStreamLimit" | "stall" | "drop"
>;

/** What can be done to a connection at any time. */
export type ConnectionAction = Extract<
  FaultAction,
  {
    /** The kinds that can hit a connection as well as a request. */
    kind: "goaway" | "settings" | "stall" | "drop";
  }
>;

interface Topics {
  current: ReadonlySet<string> | undefined;
}

interface MockApnsParts {
  host: string;
  environment: ApnsEnvironment;
  authority: CertificateAuthority;
  clientOptions: MockApns["clientOptions"];
  key: SigningKey;
  ledger: Ledger;
  devices: DeviceRegistry;
  tokens: ProviderTokens;
  faults: Faults;
  channels: Channels;
  listeners: { pushes: Listener; broadcasts: Listener; management: Listener };
  delays: Delays<RequestStream>;
  setLatency: (latency: Latency) => void;
  topics: Topics;
  revoked: Set<string>;
  now: () => number;
}

function issueClientCertificate(authority: CertificateAuthority, options: IssueOptions) {
  return authority.issue({ ...options, usage: "client" });
}
