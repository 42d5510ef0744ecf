import { isRefusal, type Refusal, refuse } from "../services/answer.ts";
import type { ApnsEnvironment } from "./certificate-extensions.ts";
import type { ClientCertificate } from "./client-certificate.ts";
import type { ProviderKey } from "./provider-keys.ts";
import type { ProviderToken, ProviderTokens } from "./provider-tokens.ts";
import { type ThrottleScope, TokenThrottle } from "./token-throttle.ts";

/** The credentials on which a request is served. */
export type Authorization =
  | { readonly kind: "token"; readonly token: ProviderToken }
  | { readonly kind: "certificate"; readonly certificate: ClientCertificate }
  | { readonly kind: "anything" };

export const ANYTHING: Authorization = { kind: "anything" };

/** The rules that all connections of a server share. */
export interface CredentialRules {
  readonly environment: ApnsEnvironment;
  /** Serves every client, with any credentials or none. */
  readonly anything: boolean;
  readonly tokens: ProviderTokens;
  /** Milliseconds between two new tokens. */
  readonly tokenUpdateInterval: number;
  readonly tokenUpdateScope: ThrottleScope;
  /** Whether a connection that refused a token update refuses all tokens until the next update is due. */
  readonly blockAfterTokenUpdate: boolean;
  /** Shared by all connections, for the scopes that are wider than one. */
  readonly throttle: TokenThrottle;
  /** The team's bundle ids at this time; undefined: all. */
  readonly topics: () => ReadonlySet<string> | undefined;
}

/**
 * The credentials of one connection. The first accepted push ties it to a team, to the kind of its key and to the bundle
 * ids that the team has at that time ("Establishing a token-based connection to APNs").
 */
export class ConnectionCredentials {
  readonly certificate: ClientCertificate | undefined;
  readonly #rules: CredentialRules;
  readonly #address: string;
  readonly #throttle: TokenThrottle;
  #bound: { key: ProviderKey; topics: ReadonlySet<string> | undefined } | undefined;
  /** Until then the connection refuses every token; milliseconds since the epoch. */
  #blockedUntil = -Infinity;
  /** The token of the last request, usually the same as this one's. */
  #last: ProviderToken | undefined;

  constructor(rules: CredentialRules, certificate: ClientCertificate | undefined, address: string) {
    this.#rules = rules;
    this.certificate = certificate;
    this.#address = address;
    this.#throttle =
      rules.tokenUpdateScope === "connection" ? new TokenThrottle(rules.tokenUpdateInterval) : rules.throttle;
  }

  /**
   * Decides who is asking. With a certificate the header is ignored ("Sending notification requests to
   * APNs").
   *
   * @param now milliseconds since the epoch
   */
  authorize(header: string | undefined, now: number): Authorization | Refusal {
    if (this.#rules.anything) return ANYTHING;
    if (this.certificate) return this.#authorizeCertificate(this.certificate, now);
    if (header === undefined) return refuse("MissingProviderToken");
    const jwt = /^bearer +(\S+)$/i.exec(header)?.[1];
    if (jwt === undefined) return refuse("InvalidProviderToken");
    if (now < this.#blockedUntil) return refuse("TooManyProviderTokenUpdates");
    const token = this.#rules.tokens.check(jwt, now);
    if (isRefusal(token)) return token;
    if (token !== this.#last) {
      const unrelated = this.#checkBinding(token.key);
      if (unrelated) return unrelated;
      const scope = this.#throttleKey(token.key);
      if (!this.#throttle.admit(scope, jwt, now)) {
        if (this.#rules.blockAfterTokenUpdate) this.#blockedUntil = this.#throttle.nextUpdate(scope);
        return refuse("TooManyProviderTokenUpdates");
      }
      this.#last = token;
    }
    return { kind: "token", token };
  }

  /** Records an accepted push. */
  bind(authorization: Authorization): void {
    if (this.#bound || authorization.kind !== "token") return;
    this.#bound = { key: authorization.token.key, topics: this.#rules.topics() };
  }

  /** The bundle ids that this connection's team may use; undefined: all. */
  get teamTopics(): ReadonlySet<string> | undefined {
    return this.#bound ? this.#bound.topics : this.#rules.topics();
  }

  #authorizeCertificate(certificate: ClientCertificate, now: number): Authorization | Refusal {
    if (!certificate.trusted || certificate.topics.size === 0 || certificate.notAfter < now) {
      return refuse("BadCertificate");
    }
    const { environments } = certificate;
    if (environments.length > 0 && !environments.includes(this.#rules.environment)) {
      return refuse("BadCertificateEnvironment");
    }
    return { kind: "certificate", certificate };
  }

  #checkBinding(key: ProviderKey): Refusal | undefined {
    const bound = this.#bound?.key;
    if (!bound || bound === key) return undefined;
    if (bound.teamId !== key.teamId) return refuse("InvalidProviderToken");
    const related = bound.relatedKeyId === key.keyId || key.relatedKeyId === bound.keyId;
    const sameScope = (bound.topics === undefined) === (key.topics === undefined);
    // Two team-scoped keys of one team may share a connection; a topic-specific key, only with its related
    // key.
    if (sameScope && (bound.topics === undefined || related)) return undefined;
    return refuse("UnrelatedKeyIdInToken");
  }

  #throttleKey(key: ProviderKey): string {
    switch (this.#rules.tokenUpdateScope) {
      // Per key, since a key and its related key may alternate on one connection.
      case "connection":
        return key.keyId;
      case "team":
        return key.teamId;
      case "address":
        return this.#address;
    }
  }
}
