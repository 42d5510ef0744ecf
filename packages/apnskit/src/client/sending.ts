import type { Advice, Clock, Life, Occasion, Phase, Pool, Recipient, Request, Response } from "@apnskit/pool";
import type { Failure } from "@apnskit/pool/internal";
import type { BearerToken } from "../credentials/provider-token.ts";
import type { ProviderTokenRejected } from "../errors.ts";
import type { Authorization } from "./authorization.ts";

/** What a {@link Sending} works with. */
export interface SendingSetup {
  readonly authorization: Authorization;
  readonly clock: Clock;
  /** The clock as read once in a turn of the event loop: exact enough for the end, since a turn begins with the answers. */
  readonly turnTime: Pick<Clock, "now">;
}

/**
 * One request on its way. The pool sees to connections, attempts and time; this is what it asks about credentials:
 * each attempt carries the current provider token, and a refused token is the {@link Authorization}'s to judge.
 *
 * Those that extend it say what is sent, and what becomes of the end.
 */
export abstract class Sending implements Recipient {
  readonly #authorization: Authorization;
  readonly #turnTime: Pick<Clock, "now">;
  readonly #startedAt: number;
  #bearer: BearerToken | undefined = undefined;
  #request: Request | undefined = undefined;
  #refusal: ProviderTokenRejected | undefined = undefined;

  constructor({ authorization, clock, turnTime }: SendingSetup) {
    this.#authorization = authorization;
    this.#turnTime = turnTime;
    this.#startedAt = clock.now();
  }

  /** The request with these credentials. @throws InvalidRequest for limits that cannot be used */
  protected abstract createRequest(bearer: BearerToken | undefined): Request;

  /** It was answered. `refusal` says why a refused provider token cannot be replaced. */
  protected abstract onAnswer(
    response: Response,
    life: Life,
    refusal: ProviderTokenRejected | undefined,
  ): void;

  /** It was not answered. */
  abstract onFailure(error: Failure, life: Life, phase: Phase): void;

  /** Milliseconds since the call. */
  get duration(): number {
    return Math.max(0, this.#turnTime.now() - this.#startedAt);
  }

  /** Hands it to a pool. @throws InvalidRequest for limits that cannot be used */
  submitTo(pool: Pool, signal: AbortSignal | undefined): void {
    // Whether this token is still good enough is seen when there is a connection for it.
    this.#bearer = this.#authorization.last;
    this.#request = this.createRequest(this.#bearer);
    pool.submit(this.#request, this, signal);
  }

  /** @internal of the pool */
  prepare(): Request {
    const bearer = this.#authorization.current();
    if (bearer !== this.#bearer || this.#request === undefined) {
      this.#bearer = bearer;
      this.#request = this.createRequest(bearer);
    }
    return this.#request;
  }

  /** @internal of the pool */
  advise(response: Response, occasion: Occasion): Advice | undefined {
    const refusal = this.#authorization.refusal(response, this.#bearer, occasion);
    this.#refusal = refusal?.error;
    return refusal?.advice;
  }

  /** @internal of the pool */
  onResponse(response: Response, life: Life): void {
    this.onAnswer(response, life, this.#refusal);
  }
}
