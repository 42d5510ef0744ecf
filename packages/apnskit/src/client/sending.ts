import {
  Aborted,
  type Pool,
  type PushError,
  type Recipient,
  type Request,
  type Response,
  type Timer,
} from "@apnskit/pool";
import type { BearerToken } from "../credentials/provider-token.ts";
import type { ProviderTokenRejected } from "../errors.ts";
import type { Credentials } from "./credentials.ts";

/**
 * One request on its way. The pool sees to connections and attempts; what it leaves to whoever owns the credentials is
 * done here:
 *
 * - each attempt carries the provider token of its own time;
 * - `ExpiredProviderToken`: once more with the renewed token; the pool has let that connection go;
 * - `TooManyProviderTokenUpdates`: once more with the same token after a pause, while there is time.
 *
 * What is sent, and what becomes of the end, is for those that extend it.
 */
export abstract class Sending implements Recipient {
  readonly #credentials: Credentials;
  readonly #pool: Pool;
  readonly #signal: AbortSignal | undefined;
  readonly #startedAt: number;
  #request: Request | undefined = undefined;
  #timeout = 0;
  #bearer: BearerToken | undefined = undefined;
  #attempts = 0;
  #pauses = 0;

  constructor(credentials: Credentials, pool: Pool, signal: AbortSignal | undefined) {
    this.#credentials = credentials;
    this.#pool = pool;
    this.#signal = signal;
    this.#startedAt = credentials.clock.now();
  }

  /**
   * The request with these credentials.
   *
   * @param timeout milliseconds, where they are others than at first
   * @throws InvalidRequest for limits that cannot be
   */
  protected abstract createRequest(bearer: BearerToken | undefined, timeout?: number): Request;

  /** Called once. */
  protected abstract onEnd(end: Response | PushError, refusal: ProviderTokenRejected | undefined): void;

  /** How often it was submitted to a connection. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Milliseconds since the call. */
  get duration(): number {
    return this.#credentials.clock.now() - this.#startedAt;
  }

  /** Whether sending it twice does no harm. */
  get idempotent(): boolean {
    return this.#request?.idempotent ?? false;
  }

  /** @throws InvalidRequest for limits that cannot be */
  start(): void {
    // Whether it is still good enough is seen when there is a connection for it.
    const bearer = this.#credentials.last ?? this.#credentials.bearer();
    const request = this.createRequest(bearer);
    this.#timeout = request.timeout;
    this.#submit(request, bearer);
  }

  /** @internal of the pool */
  prepare(): Request {
    this.#attempts++;
    const bearer = this.#credentials.bearer();
    if (bearer !== this.#bearer) {
      this.#bearer = bearer;
      this.#request = this.createRequest(bearer);
    }
    return this.#request!;
  }

  /** @internal of the pool */
  onResponse(response: Response): void {
    if (!response.ok && this.#bearer !== undefined) {
      if (response.status === 403 && response.reason === "ExpiredProviderToken") {
        this.#onExpired(response, this.#bearer);
        return;
      }
      if (response.status === 429 && response.reason === "TooManyProviderTokenUpdates") {
        this.#onTooManyUpdates(response);
        return;
      }
    }
    this.onEnd(response, undefined);
  }

  /** @internal of the pool */
  onFailure(error: PushError): void {
    this.onEnd(error, undefined);
  }

  #submit(request: Request, bearer: BearerToken | undefined): void {
    this.#request = request;
    this.#bearer = bearer;
    this.#pool.submit(request, this, this.#signal);
  }

  #onExpired(response: Response, bearer: BearerToken): void {
    const refusal = this.#credentials.rejected(bearer, response.header("date"));
    if (refusal !== undefined) this.onEnd(response, refusal);
    else this.#again(response);
  }

  #onTooManyUpdates(response: Response): void {
    const delay = this.#credentials.pauseBefore(this.#pauses++);
    if (delay >= this.#timeLeft()) {
      this.onEnd(response, undefined);
      return;
    }
    const signal = this.#signal;
    const { clock, pauses } = this.#credentials;
    const leave = (): void => {
      timer.cancel();
      pauses.delete(giveUp);
      signal?.removeEventListener("abort", onAbort);
    };
    const giveUp = (): void => {
      leave();
      this.onEnd(response, undefined);
    };
    const onAbort = (): void => {
      leave();
      this.onEnd(new Aborted("unsent", signal?.reason), undefined);
    };
    const timer: Timer = clock.setTimer(() => {
      leave();
      this.#again(response);
    }, delay);
    pauses.add(giveUp);
    signal?.addEventListener("abort", onAbort);
  }

  /** In the time that is left; without any, the last answer stands. */
  #again(response: Response): void {
    const left = this.#timeLeft();
    if (left <= 0) {
      this.onEnd(response, undefined);
      return;
    }
    const bearer = this.#credentials.bearer();
    this.#submit(this.createRequest(bearer, left), bearer);
  }

  #timeLeft(): number {
    return this.#timeout - this.duration;
  }
}
