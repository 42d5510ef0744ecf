import type { AbortGroup } from "@apnskit/connection/internal";
import type { Advice, Clock, Life, Occasion, Phase, Pool, Recipient, Request, Response } from "@apnskit/pool";
import type { Failure } from "@apnskit/pool/internal";
import type { BearerToken } from "../credentials/bearer-token.ts";
import type { ProviderTokenRejected } from "../errors.ts";
import type { Authorization } from "./authorization.ts";

/** The parts that a {@link Sending} works with. */
export interface SendingSetup {
  readonly authorization: Authorization;
  readonly clock: Clock;
  /**
   * The clock as read once in a turn of the event loop: exact enough, since a turn begins with the answers.
   */
  readonly turnTime: Pick<Clock, "now">;
}

/**
 * One request on its way. The pool handles connections, attempts and time. This class answers its questions
 * about credentials: each attempt carries the current provider token, and the {@link Authorization} judges a
 * refused token.
 *
 * Subclasses define the request and what happens at the end.
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

  /** The request with these credentials. @throws InvalidRequest for invalid limits */
  protected abstract createRequest(bearer: BearerToken | undefined): Request;

  /** There is an answer. `refusal` says why a refused provider token cannot be replaced. */
  protected abstract onAnswer(
    response: Response,
    life: Life,
    refusal: ProviderTokenRejected | undefined,
  ): void;

  /** There is no answer. */
  abstract onFailure(error: Failure, life: Life, phase: Phase): void;

  /** Milliseconds since the call. */
  get duration(): number {
    return Math.max(0, this.#turnTime.now() - this.#startedAt);
  }

  /** Hands the request to a pool. @throws InvalidRequest for invalid limits */
  submitTo(pool: Pool, signal: AbortSignal | AbortGroup | undefined): void {
    // The token is checked again when there is a connection.
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
