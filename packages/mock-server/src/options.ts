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
  /**
   * Whether a connection that answered `TooManyProviderTokenUpdates` answers so to every token, the old one included, until
   * a new token would be accepted again. Apple says that such a connection is of no use for a time. Default true.
   */
  blockAfterTokenUpdate?: boolean;
  /** Reason for a topic whose suffix does not fit the push type. Default `"BadTopic"`. */
  wrongSuffix?: TopicRules["wrongSuffix"];
  /** Whether background pushes with priority 10 get `BadPriority`. Default true. */
  refuseUrgentBackground?: boolean;
  /** Spelling of the reasons that Apple documents otherwise than its servers send them. Default `"wire"`. */
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

/** The part of the options that concerns device pushes, with its defaults. */
export function pushRulesOf(options: MockApnsOptions): PushRules {
  return {
    wrongSuffix: options.wrongSuffix ?? "BadTopic",
    refuseUrgentBackground: options.refuseUrgentBackground ?? true,
  };
}
