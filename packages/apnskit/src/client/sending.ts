import { Aborted, type Pool, type PushError, type Request, Response, type Timer } from "@apnskit/pool";
import type { BearerToken } from "../credentials/provider-token.ts";
import type { ProviderTokenRejected } from "../errors.ts";
import type { Credentials } from "./credentials.ts";

/** What is to be sent, and how to tell how it ended. */
export interface Consignment {
  readonly signal: AbortSignal | undefined;
  /**
   * The request with these credentials.
   *
   * @param timeout milliseconds, where they are others than at first
   */
  request(bearer: BearerToken | undefined, timeout?: number): Request;
  /** Called once. */
  ended(sending: Sending, end: Response | PushError, refusal: ProviderTokenRejected | undefined): void;
}

/**
 * One consignment on its way. The pool sees to connections and attempts; what it leaves to whoever owns the credentials
 * is done here:
 *
 * - each attempt carries the provider token of its own time;
 * - `ExpiredProviderToken`: once more with the renewed token; the pool has let that connection go;
 * - `TooManyProviderTokenUpdates`: once more with the same token after a pause, while there is time.
 */
export class Sending {
  readonly #credentials: Credentials;
  readonly #pool: Pool;
  readonly #consignment: Consignment;
  readonly #startedAt: number;
  #request: Request | undefined;
  #timeout = 0;
  #bearer: BearerToken | undefined;
  #attempts = 0;
  #pauses = 0;

  constructor(credentials: Credentials, pool: Pool, consignment: Consignment) {
    this.#credentials = credentials;
    this.#pool = pool;
    this.#consignment = consignment;
    this.#startedAt = credentials.clock.now();
  }

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
    const request = this.#consignment.request(bearer);
    this.#timeout = request.timeout;
    this.#submit(request, bearer);
  }

  #submit(request: Request, bearer: BearerToken | undefined): void {
    this.#request = request;
    this.#bearer = bearer;
    const { signal } = this.#consignment;
    this.#pool.submit(request, this.#onEnd, this.#onEnd, signal, this.#prepare);
  }

  readonly #prepare = (): Request => {
    this.#attempts++;
    const bearer = this.#credentials.bearer();
    if (bearer !== this.#bearer) {
      this.#bearer = bearer;
      this.#request = this.#consignment.request(bearer);
    }
    return this.#request!;
  };

  // One closure for both ends: this is made for every notification.
  readonly #onEnd = (end: Response | PushError): void => {
    if (end instanceof Response && !end.ok && this.#bearer !== undefined) {
      if (end.status === 403 && end.reason === "ExpiredProviderToken") {
        this.#onExpired(end, this.#bearer);
        return;
      }
      if (end.status === 429 && end.reason === "TooManyProviderTokenUpdates") {
        this.#onTooManyUpdates(end);
        return;
      }
    }
    this.#consignment.ended(this, end, undefined);
  };

  #onExpired(response: Response, bearer: BearerToken): void {
    const refusal = this.#credentials.rejected(bearer, response.header("date"));
    if (refusal !== undefined) this.#consignment.ended(this, response, refusal);
    else this.#again(response);
  }

  #onTooManyUpdates(response: Response): void {
    const delay = this.#credentials.pauseBefore(this.#pauses++);
    if (delay >= this.#timeLeft()) {
      this.#consignment.ended(this, response, undefined);
      return;
    }
    const { signal } = this.#consignment;
    const { clock, pauses } = this.#credentials;
    const leave = (): void => {
      timer.cancel();
      pauses.delete(giveUp);
      signal?.removeEventListener("abort", onAbort);
    };
    const giveUp = (): void => {
      leave();
      this.#consignment.ended(this, response, undefined);
    };
    const onAbort = (): void => {
      leave();
      this.#consignment.ended(this, new Aborted("unsent", signal?.reason), undefined);
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
      this.#consignment.ended(this, response, undefined);
      return;
    }
    const bearer = this.#credentials.bearer();
    this.#submit(this.#consignment.request(bearer, left), bearer);
  }

  #timeLeft(): number {
    return this.#timeout - this.duration;
  }
}
