import { BROADCAST_PREFIX, BroadcastService } from "./broadcast-service.ts";
import { CertificateAuthority, type IssuedCertificate, type IssueOptions } from "./certificate-authority.ts";
import type { ApnsEnvironment } from "./certificate-extensions.ts";
import { ChannelService } from "./channel-service.ts";
import { Channels } from "./channels.ts";
import type { TopicRules } from "./checks/topic.ts";
import type { Connection, ConnectionBehaviour, ConnectionWorld } from "./connection.ts";
import type { CredentialRules } from "./credentials.ts";
import { Delays } from "./delays.ts";
import { DevicePushService } from "./device-push-service.ts";
import { type DeviceRateLimit, DeviceRegistry } from "./device-registry.ts";
import type { Exchange } from "./exchange.ts";
import { checkFault, type Fault, type FaultAction, Faults, type InjectedFault } from "./faults.ts";
import { type Latency, sampler } from "./latency.ts";
import { Ledger, type LedgerEntry, type LedgerOptions, type ReceivedOptions } from "./ledger.ts";
import { Listener, type ListenerWorld } from "./listener.ts";
import {
  generateSigningKey,
  type ProviderKeyOptions,
  providerKey,
  type SigningKey,
  type SignOptions,
  signProviderToken,
} from "./provider-keys.ts";
import { ProviderTokens } from "./provider-tokens.ts";
import { Random } from "./random.ts";
import type { Spelling } from "./reasons.ts";
import { type ThrottleScope, TokenThrottle } from "./token-throttle.ts";

const TWENTY_MINUTES = 20 * 60_000;

export interface MockApnsOptions {
  /** Address to listen at. Default `127.0.0.1`. */
  host?: string;
  /** Port for device pushes; it takes broadcasts as well, as Apple's does. Default 0: any free one. */
  port?: number;
  /** Port for broadcasts alone. Default 0: any free one. */
  broadcastPort?: number;
  /** Port for channel management. Default 0: any free one. */
  managementPort?: number;
  /** Which of APNs's two environments this is. Default `"sandbox"`. */
  environment?: ApnsEnvironment;
  /**
   * What clients have to show. `"token"` (the default): as at APNs, a valid provider token, or a certificate of this
   * server's authority. `"certificate"`: the same, and `clientOptions` hold a client certificate. `"anything"`: whoever
   * comes is served, with any credentials or none.
   */
  auth?: "token" | "certificate" | "anything";
  /** The provider key behind `key` and `providerToken()`. It is always accepted. Default: a new one. */
  signingKey?: SigningKey;
  /** Further provider keys to accept. Default: none. */
  keys?: readonly ProviderKeyOptions[];
  /** Bundle ids of the team. Default: any. */
  topics?: readonly string[];
  /** Authority for the server's certificate and for client certificates. Default: a new one. */
  authority?: CertificateAuthority;
  /** Certificate and key to serve with, instead of one issued by the authority. */
  identity?: IssuedCertificate;
  /** Names and addresses in the server's certificate. Default `localhost`, `127.0.0.1`, `::1`. */
  altNames?: readonly string[];

  /** Time from arrival to answer, in milliseconds. Default 0. */
  latency?: Latency;
  /** Faults in force from the start. */
  faults?: readonly Fault[];
  /** Seed for faults, latencies and ids. Default 1. */
  seed?: number;
  /** What the ledger keeps. */
  ledger?: LedgerOptions;
  /** Milliseconds since the epoch, for everything that depends on the time of day. Default `Date.now`. */
  now?: () => number;

  /** Whether device tokens that nobody registered are good. Default true. */
  acceptUnknownDevices?: boolean;
  /** Most requests to one device token before `TooManyRequests`. Default: no limit, as Apple's is not known. */
  deviceRateLimit?: DeviceRateLimit;
  /** Apps with the broadcast capability. Default: all. */
  broadcastApps?: readonly string[];
  /** Most broadcast channels of one app. Default 10,000. */
  maxChannels?: number;
  /** Streams at once. Default 1,000. */
  maxConcurrentStreams?: number;
  /** Streams at once until the first valid provider token. Default 1. */
  streamsBeforeToken?: number;
  /** Streams at once after a refused push, until the next accepted one, e.g. 1. Default: no change. */
  streamsAfterRejection?: number;
  /** Whether an expired provider token has the other open streams reset with error 7, later 5. Default false. */
  resetsOnExpiredToken?: boolean;
  /** Whether a certificate that is refused is also told so by GOAWAY. Default true. */
  goawayOnBadCertificate?: boolean;
  /** Milliseconds without a request before GOAWAY `IdleTimeout`. Default: never. */
  idleTimeout?: number;
  /** Refused pushes before a connection is ended; a `BadDeviceToken` counts for five, a 410 not at all. Default: no limit. */
  errorBudget?: number;
  /** Milliseconds that must lie between two new provider tokens. Default 1,200,000 (20 minutes); 0: no such rule. */
  tokenUpdateInterval?: number;
  /** What shares that rule. Default `"connection"`. */
  tokenUpdateScope?: ThrottleScope;
  /** Reason for a topic whose suffix does not fit the push type. Default `"BadTopic"`. */
  wrongSuffix?: TopicRules["wrongSuffix"];
  /** Whether background pushes with priority 10 get `BadPriority`. Default true. */
  refuseUrgentBackground?: boolean;
  /** Spelling of the reasons that Apple documents otherwise than its servers send them. Default `"wire"`. */
  spelling?: Spelling;
  /** Whether a client's `apns-id` is echoed in capitals. Default false: as sent. */
  upperCaseEcho?: boolean;
}

/** A stand-in for the Apple Push Notification service on this machine. */
export class MockApns {
  /** Where device pushes go, e.g. `https://127.0.0.1:50123`. */
  readonly origin: string;
  readonly port: number;
  /** Where broadcasts go; `origin` takes them too. */
  readonly broadcastOrigin: string;
  /** Where channels are managed. */
  readonly managementOrigin: string;
  readonly environment: ApnsEnvironment;
  /** The authority behind the server's certificate. */
  readonly authority: CertificateAuthority;
  /** Ready to be spread into the options of a client, pool or connection. */
  readonly clientOptions: { tls: { ca: string; cert?: string; key?: string } };
  /** Credentials for clients: the content of a `.p8` file with its key id and team id. */
  readonly key: SigningKey;
  readonly ledger: Ledger;
  readonly devices: DeviceRegistry;
  /** The provider keys that are accepted. */
  readonly tokens: ProviderTokens;
  readonly channels: Channels;
  readonly #faults: Faults;
  readonly #listeners: readonly Listener[];
  readonly #delays: Delays<Exchange>;
  readonly #setLatency: (latency: Latency) => void;
  readonly #topics: Topics;
  readonly #revoked: Set<string>;

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

    const delays = new Delays<Exchange>((exchange) => exchange.connection.process(exchange));
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
    });
  }

  /** The authority's certificate, PEM: what clients put into `ca`. */
  get ca(): string {
    return this.authority.certificate;
  }

  /** The connections that are open, over all ports. */
  get connections(): Connection[] {
    return this.#listeners.flatMap((listener) => [...listener.connections]);
  }

  /** Signs a provider token with `key`, for clients that cannot do it themselves. */
  providerToken(options: SignOptions = {}): string {
    return signProviderToken(this.key, { issuedAt: Math.floor(Date.now() / 1000), ...options });
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

  clearFaults(): void {
    this.#faults.clear();
  }

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

  /** Ends all connections and gives the ports back. */
  async close(): Promise<void> {
    this.#delays.clear();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    this.ledger.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** What can be done to a connection at any time. */
export type ConnectionAction = Extract<FaultAction, { kind: "goaway" | "settings" | "stall" | "drop" }>;

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
  delays: Delays<Exchange>;
  setLatency: (latency: Latency) => void;
  topics: Topics;
  revoked: Set<string>;
}

function issueClientCertificate(authority: CertificateAuthority, options: IssueOptions) {
  return authority.issue({ ...options, usage: "client" });
}

/** @throws RangeError that names the option and the value received */
function checkOptions(options: MockApnsOptions): void {
  const fail = (name: string, wanted: string, value: unknown): never => {
    throw new RangeError(`${name} must be ${wanted}, got ${JSON.stringify(value) ?? String(value)}`);
  };
  const { auth = "token", environment = "sandbox", idleTimeout = Infinity, deviceRateLimit } = options;
  if (!["token", "certificate", "anything"].includes(auth))
    fail("auth", "token, certificate or anything", auth);
  if (!["sandbox", "production"].includes(environment))
    fail("environment", "sandbox or production", environment);
  if (!(idleTimeout > 0)) fail("idleTimeout", "more than 0 ms", idleTimeout);
  if (deviceRateLimit && !(deviceRateLimit.requests >= 1 && deviceRateLimit.per > 0)) {
    fail("deviceRateLimit", "at least one request per more than 0 ms", deviceRateLimit);
  }
  for (const name of [
    "maxConcurrentStreams",
    "streamsBeforeToken",
    "streamsAfterRejection",
    "maxChannels",
  ] as const) {
    const value = options[name] ?? 0;
    if (!Number.isInteger(value) || value < 0) fail(name, "a whole number, 0 or more", value);
  }
  for (const name of ["tokenUpdateInterval", "errorBudget"] as const) {
    const value = options[name] ?? 0;
    if (!(value >= 0)) fail(name, "0 or more", value);
  }
}

function behaviourOf(options: MockApnsOptions): ConnectionBehaviour {
  return {
    maxConcurrentStreams: options.maxConcurrentStreams ?? 1000,
    streamsBeforeToken: options.streamsBeforeToken ?? 1,
    streamsAfterRejection: options.streamsAfterRejection,
    resetsOnExpiredToken: options.resetsOnExpiredToken ?? false,
    goawayOnBadCertificate: options.goawayOnBadCertificate ?? true,
    idleTimeout: options.idleTimeout ?? Infinity,
    errorBudget: options.errorBudget ?? Infinity,
    spelling: options.spelling ?? "wire",
    upperCaseEcho: options.upperCaseEcho ?? false,
  };
}
