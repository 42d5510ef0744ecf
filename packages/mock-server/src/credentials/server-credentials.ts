import type { MockApnsOptions } from "../options.ts";
import { CertificateAuthority, type IssuedCertificate, type IssueOptions } from "./certificate-authority.ts";
import type { ApnsEnvironment } from "./certificate-extensions.ts";
import type { CredentialRules } from "./connection-credentials.ts";
import {
  generateSigningKey,
  providerKey,
  type SigningKey,
  type SignOptions,
  signProviderToken,
} from "./provider-keys.ts";
import { ProviderTokens } from "./provider-tokens.ts";
import { TokenThrottle } from "./token-throttle.ts";

const TWENTY_MINUTES = 20 * 60_000;
const EXAMPLE_TOPIC = "com.example.app";

type Parts = Pick<ServerCredentials, "authority" | "identity" | "key" | "tokens" | "clientCertificate">;

/** The credentials that a server shows, and those that it accepts. */
export class ServerCredentials {
  readonly environment: ApnsEnvironment;
  readonly authority: CertificateAuthority;
  /** The server's own certificate. */
  readonly identity: IssuedCertificate;
  /** Signs the tokens of `providerToken()`. */
  readonly key: SigningKey;
  readonly tokens: ProviderTokens;
  /** A certificate for clients, with `auth: "certificate"` only. */
  readonly clientCertificate: IssuedCertificate | undefined;
  readonly #options: MockApnsOptions;
  readonly #now: () => number;
  readonly #revoked = new Set<string>();
  #topics: ReadonlySet<string> | undefined;

  private constructor(options: MockApnsOptions, now: () => number, parts: Parts) {
    this.environment = options.environment ?? "sandbox";
    this.authority = parts.authority;
    this.identity = parts.identity;
    this.key = parts.key;
    this.tokens = parts.tokens;
    this.clientCertificate = parts.clientCertificate;
    this.#options = options;
    this.#now = now;
    this.#topics = options.topics && new Set(options.topics);
  }

  /**
   * Uses the given credentials, and makes the missing ones.
   *
   * @param altNames names for the server's certificate
   * @throws InvalidMockCredentials for an unreadable key or authority
   */
  static async create(
    options: MockApnsOptions,
    now: () => number,
    altNames: readonly string[],
  ): Promise<ServerCredentials> {
    const { environment = "sandbox", auth = "token", topics = [] } = options;
    const key = options.signingKey ?? generateSigningKey();
    const tokens = new ProviderTokens(environment);
    for (const each of [key, ...(options.keys ?? [])]) tokens.register(providerKey(each));
    const authority = options.authority ?? (await CertificateAuthority.create());
    const identity = options.identity ?? (await authority.issue({ altNames }));
    const clientCertificate =
      auth === "certificate"
        ? (options.clientCertificate ?? (await authority.issue(clientRequest(environment, topics[0]))))
        : undefined;
    return new ServerCredentials(options, now, { authority, identity, key, tokens, clientCertificate });
  }

  /** Serial numbers of client certificates that are refused in the handshake. */
  get revoked(): ReadonlySet<string> {
    return this.#revoked;
  }

  /** The rules for the credentials of every connection. */
  rules(): CredentialRules {
    const tokenUpdateInterval = this.#options.tokenUpdateInterval ?? TWENTY_MINUTES;
    return {
      environment: this.environment,
      anything: this.#options.auth === "anything",
      tokens: this.tokens,
      tokenUpdateInterval,
      tokenUpdateScope: this.#options.tokenUpdateScope ?? "connection",
      blockAfterTokenUpdate: this.#options.blockAfterTokenUpdate ?? true,
      throttle: new TokenThrottle(tokenUpdateInterval),
      topics: () => this.#topics,
    };
  }

  /** Signs a provider token with `key`, by default at the server's own time. */
  providerToken(options: SignOptions): string {
    return signProviderToken(this.key, { issuedAt: Math.floor(this.#now() / 1000), ...options });
  }

  /** Issues a client certificate; without topics and user id, for the team's first topic. */
  issueClientCertificate(options: Omit<IssueOptions, "usage">): Promise<IssuedCertificate> {
    const [first] = options.topics ?? [];
    const topic = typeof first === "string" ? first : first?.topic;
    const [own = EXAMPLE_TOPIC] = this.#options.topics ?? [];
    return this.authority.issue({ uid: topic ?? own, ...options, usage: "client" });
  }

  /** @param serialNumber hexadecimal, in upper or lower case, with or without colons */
  revoke(serialNumber: string): void {
    this.#revoked.add(serialNumber.replaceAll(":", "").toUpperCase());
  }

  addTopic(bundleId: string): void {
    this.#topics = new Set([...(this.#topics ?? []), bundleId]);
  }
}

/** A certificate for one app in one environment. */
export function clientRequest(environment: ApnsEnvironment, topic = EXAMPLE_TOPIC): IssueOptions {
  return { usage: "client", uid: topic, environments: [environment] };
}
