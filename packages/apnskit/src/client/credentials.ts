import type { GuardedLogger } from "@apnskit/connection/internal";
import type { Clock } from "@apnskit/pool";
import type { Auth } from "../credentials/auth.ts";
import { type BearerToken, ProviderToken } from "../credentials/provider-token.ts";
import type { ProviderTokenRejected } from "../errors.ts";

/** A provider token was signed in place of another. */
export interface TokenRenewal {
  /** Identifier of the key that signed it. */
  readonly keyId: string;
  /** Identifier of the developer team that the key belongs to. */
  readonly teamId: string;
  /** Counts the tokens of a key in this process, from 1. */
  readonly generation: number;
  /** `rejection`: APNs had called the last one expired before its time. */
  readonly cause: "schedule" | "rejection";
}

/** Pauses before a provider token is shown again to a server that has seen too many, in milliseconds. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/** The credentials of a client at work: what they are now, and what happens when APNs does not like them. */
export class Credentials {
  readonly auth: Auth;
  readonly clock: Clock;
  /** Ends each pause that somebody makes, with the answer that led to it. */
  readonly pauses = new Set<() => void>();
  readonly #random: () => number;
  readonly #logger: GuardedLogger;
  readonly #onRenewal: (renewal: TokenRenewal) => void;
  #last: BearerToken | undefined;
  /** Generation of the token whose rejection was logged as final. */
  #surfaced = 0;

  constructor(
    auth: Auth,
    clock: Clock,
    random: () => number,
    logger: GuardedLogger,
    onRenewal: (renewal: TokenRenewal) => void,
  ) {
    this.auth = auth;
    this.clock = clock;
    this.#random = random;
    this.#logger = logger;
    this.#onRenewal = onRenewal;
  }

  /** The provider token that was shown last. */
  get last(): BearerToken | undefined {
    return this.#last;
  }

  /** The provider token to show now; none with a certificate. */
  bearer(): BearerToken | undefined {
    if (!(this.auth instanceof ProviderToken)) return undefined;
    const token = this.auth.current();
    if (token !== this.#last) this.#note(token, "schedule");
    return token;
  }

  /**
   * Takes the news that APNs called a token expired.
   *
   * @param date the answer's `date` header
   * @returns why it is of no use to try again; `undefined` when there is a newer token
   */
  rejected(token: BearerToken, date: string | undefined): ProviderTokenRejected | undefined {
    const verdict = (this.auth as ProviderToken).rejected(token, date);
    if (verdict.action === "resend") {
      if (verdict.token !== this.#last) this.#note(verdict.token, "rejection");
      return undefined;
    }
    if (this.#surfaced !== token.generation) {
      this.#surfaced = token.generation;
      this.#logger.error({ clockSkew: verdict.error.clockSkew }, verdict.error.message);
    }
    return verdict.error;
  }

  /** Milliseconds to wait after so many pauses: growing, with jitter. */
  pauseBefore(pauses: number): number {
    return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** pauses) * (0.5 + this.#random() / 2);
  }

  endPauses(): void {
    for (const end of [...this.pauses]) end();
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
