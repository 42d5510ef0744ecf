import type { GuardedLogger } from "@apnskit/connection/internal";
import type { Advice, Occasion, Response } from "@apnskit/pool";
import { type BackoffOptions, backoffDelay } from "@apnskit/pool/internal";
import type { Auth } from "../credentials/auth.ts";
import type { BearerToken } from "../credentials/bearer-token.ts";
import { ProviderToken, type RenewalDecision } from "../credentials/provider-token.ts";
import type { ProviderTokenRejected } from "../errors.ts";

/** A new provider token was signed in place of another. */
export interface TokenRenewal {
  /** Identifier of the key that signed it. */
  readonly keyId: string;
  /** Identifier of the developer team that the key belongs to. */
  readonly teamId: string;
  /** Counts the tokens of a key in this process, from 1. */
  readonly generation: number;
  /** `rejection`: APNs had called the previous token expired early. */
  readonly cause: "schedule" | "rejection";
}

/** Delays before a provider token is shown again to a server that has seen too many. */
const backoff: BackoffOptions = { minDelay: 500, maxDelay: 30_000, factor: 2 };

/** The parts that an {@link Authorization} works with. */
export interface AuthorizationSetup {
  readonly auth: Auth;
  readonly random: () => number;
  readonly logger: GuardedLogger;
  onRenewal(renewal: TokenRenewal): void;
}

/** What to do about a refused provider token. */
export interface Refusal {
  readonly advice: Advice;
  /** Why another attempt is useless; absent if another attempt makes sense. */
  readonly error?: ProviderTokenRejected;
}

/** The credentials of a client in use: the current ones, and what to do when APNs refuses them. */
export class Authorization {
  readonly auth: Auth;
  readonly #random: () => number;
  readonly #logger: GuardedLogger;
  readonly #onRenewal: (renewal: TokenRenewal) => void;
  #last: BearerToken | undefined;
  /** Generation of the token whose rejection was logged as final. */
  #surfaced = 0;

  constructor({ auth, random, logger, onRenewal }: AuthorizationSetup) {
    this.auth = auth;
    this.#random = random;
    this.#logger = logger;
    this.#onRenewal = onRenewal;
  }

  /** The provider token that was last shown, or the first one; none with a certificate. */
  get last(): BearerToken | undefined {
    return this.#last ?? this.current();
  }

  /** The provider token to show now; none with a certificate. */
  current(): BearerToken | undefined {
    if (!(this.auth instanceof ProviderToken)) return undefined;
    const token = this.auth.current();
    if (token !== this.#last) this.#note(token, "schedule");
    return token;
  }

  /**
   * What to do about an answer that refuses a provider token; `undefined` for any other answer.
   *
   * @param token the provider token that the request carried
   */
  refusal(response: Response, token: BearerToken | undefined, occasion: Occasion): Refusal | undefined {
    if (token === undefined) return undefined;
    const { status, reason } = response;
    const auth = this.auth as ProviderToken;
    if (status === 403 && reason === "ExpiredProviderToken") {
      return this.#follow(auth.rejected(token, response.header("date")), token);
    }
    if (status === 403 && reason === "InvalidProviderToken") {
      const decision = auth.rejectedAsInvalid(token, response.header("date"));
      return decision && this.#follow(decision, token);
    }
    if (status !== 429 || reason !== "TooManyProviderTokenUpdates") return undefined;
    const delay = backoffDelay(backoff, occasion.pauses + 1, this.#random());
    return { advice: { request: { action: "after", delay } } };
  }

  /** Shows a newer token at once, or as soon as there is one. If renewal does not help, the answer stands. */
  #follow(decision: RenewalDecision, token: BearerToken): Refusal {
    if (decision.action === "resend") {
      if (decision.token !== this.#last) this.#note(decision.token, "rejection");
      return { advice: { request: { action: "resend" } } };
    }
    if (decision.action === "wait") {
      return { advice: { request: { action: "after", delay: decision.delay } } };
    }
    if (this.#surfaced !== token.generation) {
      this.#surfaced = token.generation;
      this.#logger.error({ clockSkew: decision.error.clockSkew }, decision.error.message);
    }
    return { advice: { request: { action: "settle" } }, error: decision.error };
  }

  #note(token: BearerToken, cause: TokenRenewal["cause"]): void {
    const first = this.#last === undefined;
    this.#last = token;
    if (first) return;
    const { keyId, teamId } = this.auth as ProviderToken;
    const renewal: TokenRenewal = { keyId, teamId, generation: token.generation, cause };
    if (cause === "rejection") this.#logger.warn(renewal, "provider token renewed: APNs called it expired");
    else this.#logger.info(renewal, "provider token renewed");
    this.#onRenewal(renewal);
  }
}
