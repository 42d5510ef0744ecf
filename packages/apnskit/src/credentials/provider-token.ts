import { createHash, createPublicKey, hkdfSync, type KeyObject } from "node:crypto";
import { inspect } from "node:util";
import { turnTime } from "@apnskit/connection/internal";
import { type Clock, InvalidOption } from "@apnskit/pool";
import { InvalidCredentials, type ProviderTokenRejected } from "../errors.ts";
import { BearerToken } from "./bearer-token.ts";
import { clockAhead, clockSkew, isDatedAhead, rejectedAgain } from "./clock-skew.ts";
import { signProviderToken } from "./jwt.ts";
import { keyIdOfFile } from "./key-file-name.ts";
import { checkOptions, readClock } from "./options.ts";
import { readSigningKey, type SigningKeySource } from "./signing-key.ts";
import { typeName } from "./source.ts";
import {
  type IssueCause,
  isDue,
  issued,
  LONGEST_TOKEN_LIFE,
  type Moment,
  onRejection,
  SHORTEST_TOKEN_LIFE,
  type TokenState,
} from "./token-lifecycle.ts";
import { type ProviderTokenSource, readTokenSource } from "./token-source.ts";

/** An authentication key and its owner ("Establishing a token-based connection to APNs"). */
export interface ProviderTokenOptions {
  /**
   * The `.p8` key from Apple's developer site: its text, bytes, `{ file }` (read at once), or a `KeyObject`.
   * Text may have lost or escaped line breaks, and may be base64 of the file, as in many environment
   * variables.
   */
  readonly key: SigningKeySource;
  /** The key's identifier, 10 characters. */
  readonly keyId: string;
  /** The developer team's identifier, 10 characters. */
  readonly teamId: string;
  /** Age in milliseconds at which a token is replaced: 20 … 60 minutes, 50 minutes by default. */
  readonly renewAfter?: number | undefined;
  /**
   * A source of tokens shared with other processes. By default, and while the source has no token, this
   * process signs its own.
   */
  readonly source?: ProviderTokenSource | undefined;
  /**
   * Wall-clock time for the claims of a token, monotonic time for its age; the machine's clocks by default.
   */
  readonly clock?: Clock | undefined;
}

const OPTIONS = [
  "key",
  "keyId",
  "teamId",
  "renewAfter",
  "source",
  "clock",
] as const satisfies readonly (keyof ProviderTokenOptions)[];

/** What to do about a refused token. */
type Remedy = Exclude<RenewalDecision, { readonly action: "surface" }> | { readonly action: "surface" };

/** What to do with a request whose token was called expired. */
export type RenewalDecision =
  | {
      /** Send the request again with `token`. */
      readonly action: "resend";
      /** The token to use now, signed because of this report or since the request was made. */
      readonly token: BearerToken;
    }
  | {
      /**
       * Send the request again later, with the token that is current then: the source is asking for another.
       */
      readonly action: "wait";
      /** Milliseconds. */
      readonly delay: number;
    }
  | {
      /** End the request: the token was renewed for the same reason less than 20 minutes before. */
      readonly action: "surface";
      /** For the caller; it says how wrong the machine's clock is, if that is known. */
      readonly error: ProviderTokenRejected;
    };

const BRAND = Symbol.for("apnskit.ProviderToken");

/**
 * The authentication key of a team, and the one token that all connections share. Signing takes well under a
 * millisecond and is synchronous, so two callers can never cause two renewals.
 */
export class ProviderToken {
  /** Distinguishes it from a `Certificate`. */
  readonly kind = "provider-token";
  /** The key's identifier: `kid` of every token. */
  readonly keyId: string;
  /** The developer team's identifier: `iss` of every token. */
  readonly teamId: string;
  /** The same for all credentials that may share connections: team, key id and a fingerprint of the public key. */
  readonly id: string;
  readonly #key: KeyObject;
  readonly #warnings: readonly string[];
  readonly #renewAfter: number;
  readonly #shared: ProviderTokenSource | undefined;
  readonly #clock: Clock;
  /** Read once in a turn of the event loop, since each push asks whether its token is due. */
  readonly #turnTime: Pick<Clock, "now" | "epoch">;
  #state: TokenState = { phase: "unissued" };
  #token: BearerToken | undefined;

  constructor(options: ProviderTokenOptions) {
    checkOptions("providerToken()", options, OPTIONS);
    const { key, keyId, teamId, renewAfter = 50 * 60_000 } = options;
    this.#key = readSigningKey(key);
    this.keyId = tenCharacters("keyId", keyId, "ERR_APNS_KEY_ID_INVALID");
    this.teamId = tenCharacters("teamId", teamId, "ERR_APNS_TEAM_ID_INVALID");
    if (
      typeof renewAfter !== "number" ||
      !(renewAfter >= SHORTEST_TOKEN_LIFE && renewAfter <= LONGEST_TOKEN_LIFE)
    ) {
      const range = `${SHORTEST_TOKEN_LIFE} … ${LONGEST_TOKEN_LIFE} ms (20 … 60 min)`;
      const received =
        typeof renewAfter === "number" ? renewAfter : `a value of type ${typeName(renewAfter)}`;
      throw new InvalidOption(
        "renewAfter",
        `renewAfter must be a number within ${range}; received ${received}`,
      );
    }
    this.id = `provider-token:${this.teamId}:${this.keyId}:${fingerprint(this.#key)}`;
    this.#warnings = keyFileWarnings(keyIdOfFile(key), this.keyId);
    this.#renewAfter = renewAfter;
    this.#shared = readTokenSource(options.source);
    this.#clock = readClock(options.clock);
    this.#turnTime = turnTime(this.#clock);
  }

  /** Oddities of the credentials that do not prevent their use; for a log. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /**
   * The token for the next request: the token of the `source`, if there is one. Otherwise signs a new token
   * when the last has reached `renewAfter` by either of the clocks.
   */
  current(): BearerToken {
    return this.#shared?.current() ?? this.#own();
  }

  #own(): BearerToken {
    const turn = { now: this.#turnTime.now(), epoch: this.#turnTime.epoch() };
    if (this.#token !== undefined && !isDue(this.#state, turn, this.#renewAfter)) return this.#token;
    return this.#issue(this.#moment(), "schedule");
  }

  /**
   * Report each `ExpiredProviderToken` answer here, with the token that the request carried. However many
   * requests report the same token, it is renewed once. In the following 20 minutes no report renews it
   * again.
   *
   * @param date the answer's `date` header, which can reveal a wrong clock
   */
  rejected(token: BearerToken, date?: string): RenewalDecision {
    const at = this.#moment();
    const remedy = this.#remedy(token, at);
    return remedy.action === "surface" ? { action: "surface", error: rejectedAgain(at.epoch, date) } : remedy;
  }

  /**
   * Report each `InvalidProviderToken` answer here: one possible cause is a clock that is ahead. If the clock
   * has been corrected since, the token is renewed, with the limits of {@link ProviderToken.rejected}.
   *
   * @param date the answer's `date` header
   * @returns `undefined` when the clock is not known to be the cause; then it is the key, its id or the team
   */
  rejectedAsInvalid(token: BearerToken, date?: string): RenewalDecision | undefined {
    const at = this.#moment();
    const skew = clockSkew(at.epoch, date);
    if (skew === undefined || !isDatedAhead(token.issuedAt.getTime(), at.epoch - skew)) return undefined;
    const useless = isDatedAhead(at.epoch, at.epoch - skew);
    const remedy: Remedy = useless ? { action: "surface" } : this.#remedy(token, at);
    return remedy.action === "surface" ? { action: "surface", error: clockAhead(at.epoch, skew) } : remedy;
  }

  /**
   * Signs a token without making it current, for a source that shares it with other processes. Secret.
   *
   * @param generation the source's count
   */
  sign(generation: number): BearerToken {
    return this.#bearer(this.#moment(), generation);
  }

  /**
   * Derives 32 bytes from the key (HKDF-SHA256, RFC 5869). Processes with the same key can encrypt shared
   * data with them; without the key they cannot be derived. Secret.
   *
   * @param purpose gives different bytes for each
   */
  secretFor(purpose: string): Buffer {
    const { d } = this.#key.export({ format: "jwk" });
    return Buffer.from(hkdfSync("sha256", Buffer.from(d!, "base64url"), this.id, purpose, 32));
  }

  #remedy(token: BearerToken, at: Moment): Remedy {
    const shared = this.#shared?.current();
    if (shared !== undefined && shared !== token) return { action: "resend", token: shared };
    if (shared !== undefined) {
      const delay = this.#shared!.rejected(token);
      return delay === undefined ? { action: "surface" } : { action: "wait", delay };
    }
    // A token of the source has the source's count, not this object's.
    const isOwn = token === this.#token;
    const decision = this.#shared === undefined || isOwn ? this.#judge(token, at) : "resend";
    if (decision === "surface") return { action: "surface" };
    return { action: "resend", token: decision === "renew" ? this.#issue(at, "rejection") : this.#own() };
  }

  #judge(token: BearerToken, at: Moment): ReturnType<typeof onRejection> {
    return onRejection(this.#state, token.generation, at);
  }

  #moment(): Moment {
    return { now: this.#clock.now(), epoch: this.#clock.epoch() };
  }

  #issue(at: Moment, cause: IssueCause): BearerToken {
    const state = issued(this.#state, at, cause);
    const token = this.#bearer(at, state.generation);
    this.#state = state;
    this.#token = token;
    return token;
  }

  #bearer(at: Moment, generation: number): BearerToken {
    const seconds = Math.floor(at.epoch / 1000);
    const jwt = signProviderToken(this.#key, this.keyId, this.teamId, seconds);
    return new BearerToken(jwt, generation, new Date(seconds * 1000));
  }

  /** The parts that may be shown: neither the key nor a token. */
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

  /** @internal */
  get [BRAND](): true {
    return true;
  }

  /** @internal A process may hold two copies of this package, one for `import` and one for `require`. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}

/**
 * Token-based credentials. One object serves any number of clients and connections.
 *
 * @throws InvalidCredentials for a key that cannot be read or is not P-256, or an identifier that is not 10 characters
 * @throws InvalidOption for a `renewAfter` outside 20 … 60 minutes, an unknown option, and for a value that
 *   is no clock or no source
 */
export function providerToken(options: ProviderTokenOptions): ProviderToken {
  return new ProviderToken(options);
}

function fingerprint(key: KeyObject): string {
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  return createHash("sha256").update(publicKey).digest("hex").slice(0, 16);
}

function keyFileWarnings(named: string | undefined, keyId: string): readonly string[] {
  if (named === undefined || named.toUpperCase() === keyId.toUpperCase()) return [];
  return [`the key file is named after the key ${named}, but keyId is ${keyId}: one of them may be wrong`];
}

function tenCharacters(
  name: string,
  value: unknown,
  code: "ERR_APNS_KEY_ID_INVALID" | "ERR_APNS_TEAM_ID_INVALID",
): string {
  // Files and secret stores often add a line break.
  const text = typeof value === "string" ? value.trim() : "";
  if (/^[A-Za-z0-9]{10}$/.test(text)) return text;
  throw new InvalidCredentials(code, `${name} must be 10 letters and digits, not ${shown(value)}`);
}

/** A long value may be the key itself in the wrong option, so it is not repeated. */
function shown(value: unknown): string {
  if (typeof value !== "string") return typeName(value);
  return value.length > 20 ? `${value.length} characters` : inspect(value);
}
