import { type Abortable, AbortGroup } from "./abort-group.ts";
import type { Clock } from "./clock.ts";
import { timeoutOf } from "./deadline-of.ts";
import type { Deadlines, Expiring } from "./deadlines.ts";
import { Aborted, type Delivery, type PushError } from "./errors.ts";
import type { Exchange, ExchangeHandler } from "./exchange.ts";
import type { Request } from "./request.ts";
import type { Response } from "./response.ts";
import type { Transport } from "./transport.ts";

/** One call of `Connection.post`: settles its promise once, whichever of answer, deadline and signal comes first. */
export class PendingPost implements ExchangeHandler, Expiring, Abortable {
  readonly deadline: number;
  bucket: Expiring["bucket"] = undefined;
  previous: Expiring | undefined = undefined;
  next: Expiring | undefined = undefined;
  abortPlace = -1;
  readonly promise: Promise<Response>;
  readonly #transport: Transport;
  readonly #deadlines: Deadlines;
  readonly #clock: Clock;
  readonly #request: Request;
  readonly #group: AbortGroup | undefined;
  readonly #exchange: Exchange;
  #resolve!: (response: Response) => void;
  #reject!: (error: PushError) => void;

  /** Submits the request. @throws what {@link Transport.submit} throws */
  constructor(
    transport: Transport,
    deadlines: Deadlines,
    clock: Clock,
    request: Request,
    deadline: number,
    signal: AbortSignal | undefined,
  ) {
    this.#transport = transport;
    this.#deadlines = deadlines;
    this.#clock = clock;
    this.#request = request;
    this.deadline = deadline;
    this.#exchange = transport.submit(request, this);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#group = signal && AbortGroup.of(signal);
    this.#group?.add(this);
  }

  onResponse(response: Response): void {
    this.#forget();
    this.#resolve(response);
  }

  onFailure(error: PushError): void {
    this.#forget();
    this.#reject(error);
  }

  expire(): void {
    if (this.#exchange.closed) return;
    this.onFailure(timeoutOf(this.#request, this.#clock.epoch(), this.#giveUp(true)));
  }

  onAbort(reason: unknown): void {
    if (this.#exchange.closed) return;
    this.onFailure(new Aborted(this.#giveUp(false), reason));
  }

  /** @param hold true: the connection takes no request before it has answered */
  #giveUp(hold: boolean): Delivery {
    const delivery = this.#transport.cancel(this.#exchange);
    // Perhaps the request is not slow but the connection is dead.
    this.#transport.probe(hold);
    return delivery;
  }

  #forget(): void {
    this.#deadlines.remove(this);
    this.#group?.remove(this);
  }
}
