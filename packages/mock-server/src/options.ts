import type { CertificateAuthority, IssuedCertificate } from "./credentials/certificate-authority.ts";
import type { ApnsEnvironment } from "./credentials/certificate-extensions.ts";
import type { ProviderKeyOptions, SigningKey } from "./credentials/provider-keys.ts";
import type { ThrottleScope } from "./credentials/token-throttle.ts";
import { InvalidMockInput } from "./errors.ts";
import type { Fault } from "./faults/fault.ts";
import { checkLatency, type Latency, latencyField } from "./faults/latency.ts";
import type { LedgerOptions } from "./ledger/ledger.ts";
import { choice, flag, handed, listOf, number, text, whole } from "./schema/field.ts";
import { Shape } from "./schema/shape.ts";
import type { TopicRules } from "./services/checks/topic.ts";
import type { PushRules } from "./services/device-push-service.ts";
import type { DeviceRateLimit } from "./services/device-registry.ts";
import type { Spelling } from "./services/reasons.ts";
import { isWellFormed } from "./services/topics.ts";
import type { ConnectionBehaviour } from "./wire/connection-world.ts";

/** Options of a mock server; every option has a default. */
export interface MockApnsOptions {
  /** Address to listen on. Default `127.0.0.1`. */
  host?: string;
  /** Port for device pushes; like Apple's, it also accepts broadcasts. Default 0: any free one. */
  port?: number;
  /** Port for broadcasts only. Default 0: any free one. */
  broadcastPort?: number;
  /** Port for channel management. Default 0: any free one. */
  managementPort?: number;
  /** The environment of APNs that it plays. Default `"sandbox"`. */
  environment?: ApnsEnvironment;
  /**
   * The credentials that clients need. `"token"` (the default): as at APNs, a valid provider token, or a
   * certificate of this server's authority. `"certificate"`: the same, and `clientOptions` contain a client
   * certificate. `"anything"`: every client is served, with any credentials or none.
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
  /** The client certificate of `clientOptions`, with `auth: "certificate"`. Default: a new one for the first of `topics`. */
  clientCertificate?: IssuedCertificate;
  /**
   * Names and addresses in the server's certificate. Default `localhost`, `127.0.0.1`, `::1` and `host`; with the host
   * `0.0.0.0` or `::` all addresses of the machine and its name.
   */
  altNames?: readonly string[];

  /** Time from arrival to answer, in milliseconds. Default 0. */
  latency?: Latency;
  /** Faults in force from the start. */
  faults?: readonly Fault[];
  /** Seed for faults, latencies and ids. Default 1. */
  seed?: number;
  /** Options of the ledger. */
  ledger?: LedgerOptions;
  /** Milliseconds since the epoch, for everything that depends on the time of day. Default `Date.now`. */
  now?: () => number;

  /** Whether unregistered device tokens are valid. Default true. */
  acceptUnknownDevices?: boolean;
  /**
   * The most requests to one device token before `TooManyRequests`. Default: no limit, as Apple's is unknown.
   */
  deviceRateLimit?: DeviceRateLimit;
  /** Apps with the broadcast capability. Default: all. */
  broadcastApps?: readonly string[];
  /** The most broadcast channels of one app. Default 10,000. */
  maxChannels?: number;
  /** Streams at once. Default 1,000. */
  maxConcurrentStreams?: number;
  /** Streams at once until the first valid provider token. Default 1. */
  streamsBeforeToken?: number;
  /** Streams at once after a refused push, until the next accepted one, e.g. 1. Default: no change. */
  streamsAfterRejection?: number;
  /** Whether an expired provider token resets the other open streams with error 7, later 5. Default false. */
  resetsOnExpiredToken?: boolean;
  /** Whether a refused certificate also causes a GOAWAY. Default true. */
  goawayOnBadCertificate?: boolean;
  /** Milliseconds without a request before GOAWAY `IdleTimeout`. Default: never. */
  idleTimeout?: number;
  /** Refused pushes until a connection ends; `BadDeviceToken` is five, 410 is none. Default: no limit. */
  errorBudget?: number;
  /**
   * Minimum milliseconds between two new provider tokens. Default 1,200,000 (20 minutes); 0: no such rule.
   */
  tokenUpdateInterval?: number;
  /** The scope of that rule. Default `"connection"`. */
  tokenUpdateScope?: ThrottleScope;
  /**
   * Whether a connection that answered `TooManyProviderTokenUpdates` gives this answer to every token, the
   * old one included, until it would accept a new token again. Apple says that such a connection is unusable
   * for a time. Default true.
   */
  blockAfterTokenUpdate?: boolean;
  /** Reason for a topic whose suffix does not fit the push type. Default `"BadTopic"`. */
  wrongSuffix?: TopicRules["wrongSuffix"];
  /** Whether background pushes with priority 10 get `BadPriority`. Default true. */
  refuseUrgentBackground?: boolean;
  /**
   * Spelling of the reasons whose names in Apple's documentation and on the wire differ. Default `"wire"`.
   */
  spelling?: Spelling;
  /** Whether a client's `apns-id` is echoed in capitals. Default false: as sent. */
  upperCaseEcho?: boolean;
}

const DURATION = number(0, "infinite", "milliseconds");
const TOPICS = listOf(text("a bundle id of letters, digits, hyphens and dots", isWellFormed));
const isObject = (value: unknown) => typeof value === "object" && value !== null;

const OPTIONS = new Shape<MockApnsOptions>("the options", {
  host: text(),
  port: whole(0, 65_535),
  broadcastPort: whole(0, 65_535),
  managementPort: whole(0, 65_535),
  environment: choice("sandbox", "production"),
  auth: choice("token", "certificate", "anything"),
  signingKey: handed("a key with its key id and team id", isObject),
  keys: handed("a list of provider keys", Array.isArray),
  topics: TOPICS,
  authority: handed("a CertificateAuthority", (value) => isObject(value) && "issue" in (value as object)),
  identity: handed("a certificate with its key", isObject),
  clientCertificate: handed("a certificate with its key", isObject),
  altNames: listOf(text()),
  latency: latencyField,
  faults: handed("a list of faults", Array.isArray),
  seed: whole(Number.MIN_SAFE_INTEGER),
  ledger: handed("an object", isObject),
  now: handed("a function that returns milliseconds since the epoch", (value) => typeof value === "function"),
  acceptUnknownDevices: flag(),
  deviceRateLimit: handed("an object", isObject),
  broadcastApps: TOPICS,
  maxChannels: whole(0),
  maxConcurrentStreams: whole(0, 0xffffffff),
  streamsBeforeToken: whole(0, 0xffffffff),
  streamsAfterRejection: whole(0, 0xffffffff),
  resetsOnExpiredToken: flag(),
  goawayOnBadCertificate: flag(),
  idleTimeout: DURATION,
  errorBudget: number(0, "infinite"),
  tokenUpdateInterval: DURATION,
  tokenUpdateScope: choice("connection", "team", "address"),
  blockAfterTokenUpdate: flag(),
  wrongSuffix: choice("BadTopic", "TopicDisallowed", "InvalidPushType", "accept"),
  refuseUrgentBackground: flag(),
  spelling: choice("wire", "documented"),
  upperCaseEcho: flag(),
});

/** The form of a rate limit. */
export const rateLimitShape = new Shape<DeviceRateLimit>(
  "`deviceRateLimit`",
  { requests: whole(1), per: number(Number.MIN_VALUE, Number.MAX_VALUE, "milliseconds") },
  ["requests", "per"],
);

/** @throws InvalidMockInput that names the option and the value received */
export function checkOptions(given: MockApnsOptions): MockApnsOptions {
  const options = OPTIONS.check(given);
  if (options.latency !== undefined) checkLatency(options.latency);
  if (options.deviceRateLimit !== undefined) rateLimitShape.check(options.deviceRateLimit);
  if (options.idleTimeout === 0) {
    throw new InvalidMockInput(
      "`idleTimeout` of the options must be more than 0 ms; received 0",
      "idleTimeout",
    );
  }
  return options;
}

/** The options for connections, with their defaults. */
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

/** The options for device pushes, with their defaults. */
export function pushRulesOf(options: MockApnsOptions): PushRules {
  return {
    wrongSuffix: options.wrongSuffix ?? "BadTopic",
    refuseUrgentBackground: options.refuseUrgentBackground ?? true,
  };
}
