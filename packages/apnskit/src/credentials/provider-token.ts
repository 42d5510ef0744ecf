import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { type InspectOptions, inspect } from "node:util";
import { type Clock, InvalidOption, systemClock } from "@apnskit/pool";
import { InvalidCredentials, type ProviderTokenRejected } from "../errors.ts";
import { rejectedAgain } from "./clock-skew.ts";
import { signProviderToken } from "./jwt.ts";
import { readSigningKey, type SigningKeySource } from "./signing-key.ts";
import { typeName } from "./source.ts";
import {
  type IssueCause,
  isDue,
  issued,
  LONGEST_TOKEN_LIFE,
  onRejection,
  SHORTEST_TOKEN_LIFE,
  type TokenState,
} from "./token-lifecycle.ts";

/** An authentication key and whose it is ("Establishing a token-based connection to APNs"). */
export interface ProviderTokenOptions {
  /** The `.p8` key from Apple's developer site: PEM text, bytes, `{ file }` (read at once), or a `KeyObject`. */
  readonly key: SigningKeySource;
  /** The key's identifier, 10 characters. */
  readonly keyId: string;
  /** The developer team's identifier, 10 characters. */
  readonly teamId: string;
  /** Age in milliseconds at which a token is replaced: 20 … 60 minutes, 50 minutes by default. */
  readonly renewAfter?: number;
  /** Wall-clock time for what a token claims, monotonic time for its age; the machine's clocks by default. */
  readonly clock?: Clock;
}

/**
 * One signed token. The same object is handed out until the next renewal, so that its identity can key a cache of
 * request headers.
 */
export class BearerToken {
  readonly #jwt: string;
  /** Counts the tokens of a key in this process, from 1. */
  readonly generation: number;
  /** The wall-clock time that the token claims. */
  readonly issuedAt: Date;

  constructor(jwt: string, generation: number, issuedAt: Date) {
    this.#jwt = jwt;
    this.generation = generation;
    this.issuedAt = issuedAt;
  }

  /** The value of the `authorization` header. Secret. */
  get authorization(): string {
    return `bearer ${this.#jwt}`;
  }

  /** @internal Without this, inspect's option `getters` would show the header. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `BearerToken ${inspect({ ...this }, options)}`;
  }
}

/** What to do with a request whose token was called expired. */
export type RejectionVerdict =
  | {
      /** Send it again with `token`. */
      readonly action: "resend";
      /** The token to use now: one signed because of this report, or since the request was made. */
      readonly token: BearerToken;
    }
  | {
      /** Give up: the token had been renewed for the same reason less than 20 minutes before. */
      readonly action: "surface";
      /** For the caller: it tells how wrong the machine's clock is, if that could be found out. */
      readonly error: ProviderTokenRejected;
    };

/**
 * The authentication key of a team, and the one token that all connections share. Signing takes well under a
 * millisecond and happens in the call that needs it, so that two callers can never cause two renewals.
 */
export class ProviderToken {
  /** Tells it from a `Certificate`. */
  readonly kind = "provider-token";
  /** The key's identifier: `kid` of every token. */
  readonly keyId: string;
  /** The developer team's identifier: `iss` of every token. */
  readonly teamId: string;
  /** The same for all credentials that may share connections: team, key id and a fingerprint of the public key. */
  readonly id: string;
  readonly #key: KeyObject;
  readonly #renewAfter: number;
  readonly #clock: Clock;
  #state: TokenState = { phase: "unissued" };
  #token: BearerToken | undefined;

  constructor(options: ProviderTokenOptions) {
    const { key, keyId, teamId, renewAfter = 50 * 60_000, clock = systemClock } = options;
    this.#key = readSigningKey(key);
    this.keyId = tenCharacters("keyId", keyId, "ERR_APNS_KEY_ID_INVALID");
    this.teamId = tenCharacters("teamId", teamId, "ERR_APNS_TEAM_ID_INVALID");
    if (
      typeof renewAfter !== "number" ||
      !(renewAfter >= SHORTEST_TOKEN_LIFE && renewAfter <= LONGEST_TOKEN_LIFE)
    ) {
      const range = `${SHORTEST_TOKEN_LIFE} … ${LONGEST_TOKEN_LIFE} ms (20 … 60 min)`;
      throw new InvalidOption("renewAfter", `renewAfter must be within ${range}, got ${String(renewAfter)}`);
    }
    this.id = `provider-token:${this.teamId}:${this.keyId}:${fingerprint(this.#key)}`;
    this.#renewAfter = renewAfter;
    this.#clock = clock;
  }

  /** The token for the next request; a new one when the last has reached `renewAfter`. */
  current(): BearerToken {
    const now = this.#clock.now();
    if (this.#token === undefined || isDue(this.#state, now, this.#renewAfter))
      return this.#issue(now, "schedule");
    return this.#token;
  }

  /**
   * To be told of each `ExpiredProviderToken` answer, with the token that the request carried. However many requests
   * report the same token, it is renewed once; within the following 20 minutes no report renews again.
   *
   * @param date the answer's `date` header, by which a wrong clock can be named
   */
  rejected(token: BearerToken, date?: string): RejectionVerdict {
    const now = this.#clock.now();
    switch (onRejection(this.#state, token.generation, now)) {
      case "resend":
        return { action: "resend", token: this.current() };
      case "renew":
        return { action: "resend", token: this.#issue(now, "rejection") };
      case "surface":
        return { action: "surface", error: rejectedAgain(this.#clock.epoch(), date) };
    }
  }

  #issue(now: number, cause: IssueCause): BearerToken {
    const seconds = Math.floor(this.#clock.epoch() / 1000);
    const jwt = signProviderToken(this.#key, this.keyId, this.teamId, seconds);
    const state = issued(this.#state, now, cause);
    this.#state = state;
    this.#token = new BearerToken(jwt, state.generation, new Date(seconds * 1000));
    return this.#token;
  }

  /** What may be shown: neither the key nor a token. */
  toJSON(): {
    /** Always `provider-token`. */
    kind: string;
    /** As {@link ProviderToken.keyId}. */
    keyId: string;
    /** As {@link ProviderToken.teamId}. */
    teamId: string;
  } {
    return { kind: this.kind, keyId: this.keyId, teamId: this.teamId };
  }

  /** @internal As `toJSON`. */
  [inspect.custom](): string {
    return `ProviderToken { keyId: ${inspect(this.keyId)}, teamId: ${inspect(this.teamId)} }`;
  }
}

/**
 * Token-based credentials. One object serves any number of clients and connections.
 *
 * @throws InvalidCredentials for a key that cannot be read or is not P-256, or an identifier that is not 10 characters
 * @throws InvalidOption for a `renewAfter` outside 20 … 60 minutes
 */
export function providerToken(options: ProviderTokenOptions): ProviderToken {
  return new ProviderToken(options);
}

function fingerprint(key: KeyObject): string {
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  return createHash("sha256").update(publicKey).digest("hex").slice(0, 16);
}

function tenCharacters(
  name: string,
  value: string,
  code: "ERR_APNS_KEY_ID_INVALID" | "ERR_APNS_TEAM_ID_INVALID",
): string {
  if (typeof value === "string" && /^[A-Za-z0-9]{10}$/.test(value)) return value;
  // A long value may be the key itself, put into the wrong option: it is not repeated.
  const shown =
    typeof value !== "string"
      ? typeName(value)
      : value.length > 20
        ? `${value.length} characters`
        : inspect(value);
  throw new InvalidCredentials(code, `${name} must be 10 letters and digits, not ${shown}`);
}
