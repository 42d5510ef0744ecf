import type { CertificateAuthority, IssuedCertificate } from "./credentials/certificate-authority.ts";
import type { ApnsEnvironment } from "./credentials/certificate-extensions.ts";
import type { ProviderKeyOptions, SigningKey } from "./credentials/provider-keys.ts";
import type { ThrottleScope } from "./credentials/token-throttle.ts";
import type { Fault } from "./faults/faults.ts";
import type { Latency } from "./faults/latency.ts";
import type { LedgerOptions } from "./ledger/ledger.ts";
import type { TopicRules } from "./services/checks/topic.ts";
import type { DeviceRateLimit } from "./services/device-registry.ts";
import type { Spelling } from "./services/reasons.ts";
import type { ConnectionBehaviour } from "./wire/connection-world.ts";

/** What a mock server is like; every option has a default. */
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

/** @throws RangeError that names the option and the value received */
export function checkOptions(options: MockApnsOptions): void {
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

/** The part of the options that concerns connections, with its defaults. */
export function behaviourOf(options: MockApnsOptions): ConnectionBehaviour {
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
