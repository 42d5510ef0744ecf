import {
  Aborted,
  Closed,
  type Delivery,
  type PushError,
  type Request,
  Response,
  Timeout,
} from "@apnskit/connection";
import {
  type Abortable,
  deadlineSource,
  type Exchange,
  type ExchangeHandler,
  type Expiring,
  unwatchAbort,
  watchAbort,
} from "@apnskit/connection/internal";
import type { Member } from "./member.ts";
import type { Queueable } from "./request-queue.ts";
import type { Outcome } from "./retry-policy.ts";

/** Where a job is; `nowhere` while it is being moved. Out of `settled` it never comes. */
export type JobState = "nowhere" | "queued" | "in-flight" | "backing-off" | "settled";

/** Learns how a submitted request ended: one of `onResponse` and `onFailure` is called, once. None may throw. */
export interface Recipient extends ExchangeHandler {
  /**
   * Called before each attempt with the request that was submitted; what it returns is sent instead: the same with other
   * headers. So an attempt carries the credentials of its own time, however long it has waited. Path, body and limits must
   * stay as they are.
   */
  prepare?(request: Request): Request;
}

/** What a job needs of its pool. */
export interface JobBoard {
  /** An attempt has ended. */
  onOutcome(job: Job, outcome: Outcome): void;
  /** The deadline passed, or the signal fired: takes the job out of wherever it is; says what became of it there. */
  withdraw(job: Job): Delivery;
  /** The job is settled. */
  onSettled(job: Job, outcome: Outcome): void;
  /** Wall-clock milliseconds since 1970. */
  epoch(): number;
  /** Why there is no connection, if there is none. */
  readonly connectError: PushError | undefined;
}

/** What only a job that did not succeed at once needs. */
export interface Trouble {
  /** How often it was sent again at once. */
  resends: number;
  /** How the last attempt ended. */
  last: Outcome | undefined;
  /** True once the server may have acted on an attempt; no later error may claim that it was never sent. */
  maybeDelivered: boolean;
  /** The connection that turned it away last. */
  avoid: Member | undefined;
  /** Takes the outcome of the next attempt; set while the retry loop waits for it. */
  onAttempt: ((outcome: Outcome) => void) | undefined;
  /** Ends the pause between two attempts; set while there is one. */
  endPause: (() => void) | undefined;
}

/**
 * One request in the pool, from `post` to its outcome, over any number of attempts. It settles once: whatever comes
 * after finds it settled.
 */
export class Job implements ExchangeHandler, Expiring, Abortable, Queueable {
  readonly request: Request;
  readonly deadline: number;
  bucket: Expiring["bucket"] = undefined;
  previous: Expiring | undefined = undefined;
  next: Expiring | undefined = undefined;
  abortPlace = -1;
  state: JobState = "nowhere";
  /** The attempt in flight. */
  exchange: Exchange | undefined = undefined;
  member: Member | undefined = undefined;
  trouble: Trouble | undefined = undefined;
  readonly #board: JobBoard;
  readonly #recipient: Recipient;
  readonly #signal: AbortSignal | undefined;

  constructor(
    board: JobBoard,
    request: Request,
    deadline: number,
    recipient: Recipient,
    signal: AbortSignal | undefined,
  ) {
    this.#board = board;
    this.request = request;
    this.deadline = deadline;
    this.#recipient = recipient;
    this.#signal = signal;
    if (signal !== undefined) watchAbort(signal, this);
  }

  get queued(): boolean {
    return this.state === "queued";
  }

  /** What the next attempt sends. */
  nextRequest(): Request {
    return this.#recipient.prepare?.(this.request) ?? this.request;
  }

  /** The record of what went wrong; made when it is first needed. */
  beginTrouble(): Trouble {
    this.trouble ??= {
      resends: 0,
      last: undefined,
      maybeDelivered: false,
      avoid: undefined,
      onAttempt: undefined,
      endPause: undefined,
    };
    return this.trouble;
  }

  onResponse(response: Response): void {
    this.#board.onOutcome(this, response);
  }

  onFailure(error: PushError): void {
    this.#board.onOutcome(this, error);
  }

  expire(): void {
    if (this.state === "settled") return;
    const delivery = this.#board.withdraw(this);
    const last = this.trouble?.last;
    // Between two attempts the last answer still holds; the server has heard nothing since.
    if (last instanceof Response && delivery === "unsent") {
      this.settle(last);
      return;
    }
    const cause = last instanceof Error ? last : this.#board.connectError;
    this.settle(new Timeout(deadlineSource(this.request, this.#board.epoch()), delivery, cause && { cause }));
  }

  /**
   * Ends it if its deadline has passed or its signal has fired, but its turn to hear of that has not come: many may end
   * together, and what the first of them leave free must not go to the others.
   */
  endIfOver(now: number): boolean {
    if (this.#signal?.aborted) this.onAbort(this.#signal.reason);
    else if (this.deadline <= now) this.expire();
    else return false;
    return true;
  }

  onAbort(reason: unknown): void {
    if (this.state === "settled") return;
    this.settle(new Aborted(this.#board.withdraw(this), reason));
  }

  /** Ends it; the board has taken it out of wherever it was. */
  settle(outcome: Outcome): void {
    if (this.state === "settled") return;
    this.state = "settled";
    this.exchange = undefined;
    this.member = undefined;
    if (this.#signal !== undefined) unwatchAbort(this.#signal, this);
    this.#board.onSettled(this, outcome);
    // The retry loop, if there is one, finds it settled and ends.
    this.trouble?.endPause?.();
    this.trouble?.onAttempt?.(outcome);
    if (outcome instanceof Response) this.#recipient.onResponse(outcome);
    else this.#recipient.onFailure(this.#honest(outcome));
  }

  /** What an earlier attempt may have done is not undone by a later one that never left. */
  #honest(error: PushError): PushError {
    if (error.delivery === "unknown" || !this.trouble?.maybeDelivered) return error;
    if (error instanceof Timeout) return new Timeout(error.deadlineSource, "unknown", { cause: error.cause });
    if (error instanceof Aborted) return new Aborted("unknown", error.cause);
    const reason = error instanceof Closed ? error.reason : error.message;
    return new Closed(reason, "unknown", { cause: error });
  }
}
