import {
  Aborted,
  ApnskitError,
  Closed,
  type Delivery,
  InvalidRequest,
  PushError,
  type Request,
  Response,
  Timeout,
} from "@apnskit/connection";
import {
  type Abortable,
  AbortGroup,
  type Exchange,
  type ExchangeHandler,
  type Expiring,
  timeoutOf,
  uncaught,
} from "@apnskit/connection/internal";
import { JobPlace, type JobState } from "./job-moves.ts";
import type { Member } from "./member.ts";
import { type Resolve, settlePromise } from "./promised-response.ts";
import type { Failure, Life, Phase, Recipient } from "./recipient.ts";
import type { Queueable } from "./request-queue.ts";
import type { Advice, AttemptResult, History } from "./retry-policy.ts";

/** What a job needs from its dispatcher. */
export interface Desk {
  /** An attempt has ended; the job is still in flight until the desk moves it. */
  onResult(job: Job, member: Member, result: AttemptResult): void;
  /** The job's deadline passed while it waited for its answer. */
  onTimeout(member: Member): void;
  /** The job's time ran out while it waited for a connection. */
  onStarved(): void;
  /** The job left this place without a move of the desk. */
  onLeft(job: Job, place: "queued" | "pausing"): void;
  /** The job is settled. */
  onSettled(job: Job, result: Response | Failure): void;
  /** Wall-clock milliseconds since 1970. */
  epoch(): number;
  /** Why there is no connection; `undefined` if there is one. */
  readonly connectError: PushError | undefined;
}

/** The part of a job that exists only if it did not succeed at once. */
interface Trouble {
  resends: number;
  pauses: number;
  losses: number;
  maybeDelivered: boolean;
  /** How the last attempt ended. */
  last: AttemptResult | undefined;
  /** The connection of that attempt. */
  avoid: Member | undefined;
}

/**
 * One request in the pool, from `submit` to its end, over any number of attempts. It holds the deadline, the
 * count of attempts, and whether the request may have been delivered. It settles once. All errors with
 * delivery `unsent` or `unknown` are made here.
 */
export class Job implements ExchangeHandler, Expiring, Abortable, Queueable, Life {
  readonly request: Request;
  /** Monotonic milliseconds, whole ones: V8 keeps a fraction in an object of 16 bytes, for each waiting request. */
  readonly submittedAt: number;
  /** Monotonic milliseconds, whole ones. */
  readonly deadline: number;
  bucket: Expiring["bucket"] = undefined;
  previous: Expiring | undefined = undefined;
  next: Expiring | undefined = undefined;
  abortPlace = -1;
  #place = JobPlace.first;
  #attempts = 0;
  /** The attempt in flight. Its connection is in `#member`. */
  #exchange: Exchange | undefined = undefined;
  #member: Member | undefined = undefined;
  #trouble: Trouble | undefined = undefined;
  readonly #desk: Desk;
  readonly #recipient: Recipient | Resolve;
  readonly #group: AbortGroup | undefined;

  constructor(
    desk: Desk,
    request: Request,
    submittedAt: number,
    deadline: number,
    recipient: Recipient | Resolve,
    signal: AbortSignal | AbortGroup | undefined,
  ) {
    this.#desk = desk;
    this.request = request;
    this.submittedAt = Math.floor(submittedAt);
    this.deadline = Math.ceil(deadline);
    this.#recipient = recipient;
    this.#group = signal && AbortGroup.of(signal);
    this.#group?.add(this);
  }

  get state(): JobState {
    return this.#place.state;
  }

  get queued(): boolean {
    return this.state === "queued";
  }

  get attempts(): number {
    return this.#attempts;
  }

  get maybeDelivered(): boolean {
    return this.#trouble?.maybeDelivered === true;
  }

  get idempotent(): boolean {
    return this.request.idempotent;
  }

  /** How the last attempt ended. */
  get last(): AttemptResult | undefined {
    return this.#trouble?.last;
  }

  /**
   * The answer that still holds between two attempts, since the server has received nothing since. If an
   * earlier attempt may have been delivered, an answer that asks for another attempt does not count.
   */
  get standingAnswer(): Response | undefined {
    const last = this.#trouble?.last;
    return last instanceof Response && !this.maybeDelivered ? last : undefined;
  }

  /** The connection that last turned the job away. */
  get avoid(): Member | undefined {
    return this.#trouble?.avoid;
  }

  // ── moves of the desk ────────────────────────────────────────────────────────────────────────────────────────

  /** The job waits for a connection. */
  queue(): boolean {
    return this.#move(this.#place.queue);
  }

  /** Hands the job to a connection that has room for it. */
  send(member: Member): void {
    if (!this.#move(this.#place.send)) return;
    this.#member = member;
    let request: Request;
    try {
      request = this.#owner?.prepare?.(this.request) ?? this.request;
    } catch (error) {
      this.settle(preparingFailed(error), this.#waitingPhase);
      return;
    }
    // The recipient may have aborted the job in `prepare`.
    if (this.state !== "in-flight") return;
    this.#attempts++;
    try {
      this.#exchange = member.transport.submit(request, this);
    } catch (error) {
      // Nothing was sent: the connection has closed meanwhile, or cannot carry this request.
      this.#attempts--;
      if (error instanceof InvalidRequest) this.settle(error, this.#waitingPhase);
      else this.onFailure(error instanceof PushError ? error : preparingFailed(error));
    }
  }

  /** The job waits between two attempts. */
  pause(): boolean {
    return this.#move(this.#place.pause);
  }

  /** Records how an attempt ended that did not succeed at once. */
  note(member: Member, result: AttemptResult): void {
    const trouble = this.#beginTrouble();
    trouble.last = result;
    trouble.avoid = member;
    if (result instanceof Response || result.delivery !== "unknown") return;
    trouble.maybeDelivered = true;
    if (result instanceof Closed) trouble.losses++;
  }

  /** Counts an immediate further attempt. */
  countResend(): void {
    this.#beginTrouble().resends++;
  }

  /** Counts a wait between two attempts. */
  countPause(): void {
    this.#beginTrouble().pauses++;
  }

  /** The job's past, for the retry table. */
  history(now: number): History {
    const { resends, pauses, losses } = this.#beginTrouble();
    return { idempotent: this.idempotent, resends, pauses, losses, timeLeft: this.deadline - now };
  }

  /** Asks the owner of the credentials about an answer. */
  advice(response: Response, member: Member): Advice | undefined {
    const owner = this.#owner;
    if (owner?.advise === undefined) return undefined;
    const { attempts, maybeDelivered, idempotent } = this;
    const pauses = this.#trouble?.pauses ?? 0;
    const occasion = { attempts, maybeDelivered, idempotent, pauses, connectionOpenedAt: member.openedAt };
    try {
      return owner.advise(response, occasion);
    } catch (error) {
      uncaught(error);
      return undefined;
    }
  }

  // ── what the connection reports ──────────────────────────────────────────────────────────────────────────────

  onResponse(response: Response): void {
    this.#onResult(response);
  }

  onFailure(error: Failure): void {
    this.#onResult(error as PushError);
  }

  #onResult(result: AttemptResult): void {
    const member = this.#member;
    // A callback for an earlier response in the same read may have cancelled this request.
    if (this.state !== "in-flight" || member === undefined) return;
    this.#exchange = undefined;
    this.#member = undefined;
    this.#desk.onResult(this, member, result);
  }

  // ── ends ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The deadline has passed. */
  expire(): void {
    if (this.state === "settled") return;
    if (this.state === "in-flight" && this.#member !== undefined) this.#desk.onTimeout(this.#member);
    else if (this.state === "queued") this.#desk.onStarved();
    this.#runOut(this.#withdraw(true), this.#desk.epoch());
  }

  /**
   * Too little time is left for another attempt.
   *
   * @param instant when the deadline passes; wall-clock milliseconds since 1970
   */
  expireEarly(instant: number): void {
    this.#runOut("unsent", instant);
  }

  #runOut(delivery: Delivery, instant: number): void {
    const { standingAnswer } = this;
    if (standingAnswer !== undefined && delivery === "unsent") {
      this.settle(standingAnswer);
      return;
    }
    const { last } = this;
    const cause = last instanceof Error ? last : this.#desk.connectError;
    this.settle(timeoutOf(this.request, instant, delivery, cause));
  }

  /**
   * Ends the job if its deadline has passed or its signal has fired, and it has not been told yet. Many jobs
   * may end together. The streams that the first of them free must not go to the others.
   */
  endIfOver(now: number): boolean {
    if (this.#group?.aborted) this.onAbort(this.#group.reason);
    else if (this.deadline <= now) this.expire();
    else return false;
    return true;
  }

  onAbort(reason: unknown): void {
    if (this.state === "settled") return;
    this.settle(new Aborted(this.#withdraw(false), reason));
  }

  /** The pool is closed. A waiting job ends with its last answer; in flight, its connection decides. */
  close(reason: string, cause: Error | undefined): void {
    if (this.state === "settled" || this.state === "in-flight") return;
    this.settle(this.standingAnswer ?? new Closed(reason, "unsent", cause && { cause }));
  }

  /**
   * Settles the job.
   *
   * @param phase the phase to report, if not the one of its state
   */
  settle(result: Response | Failure, phase?: Phase): void {
    const place = this.state;
    if (!this.#move(this.#place.settle)) return;
    if (place === "queued" || place === "pausing") this.#desk.onLeft(this, place);
    this.#exchange = undefined;
    this.#member = undefined;
    this.#group?.remove(this);
    const honest = result instanceof Response ? result : this.#honest(result);
    this.#desk.onSettled(this, honest);
    const owner = this.#owner;
    try {
      if (owner === undefined) settlePromise(this.#recipient as Resolve, honest);
      else if (honest instanceof Response) owner.onResponse(honest, this);
      else owner.onFailure(honest, this, phase ?? this.#phaseOf(place));
    } catch (error) {
      uncaught(error);
    }
  }

  /** The recipient, unless it is a promise. */
  get #owner(): Recipient | undefined {
    return typeof this.#recipient === "function" ? undefined : this.#recipient;
  }

  #phaseOf(place: JobState): Phase {
    return place === "in-flight" ? "in-flight" : this.#waitingPhase;
  }

  get #waitingPhase(): Phase {
    return this.#attempts === 0 ? "queued" : "between-attempts";
  }

  /**
   * Cancels the attempt in flight, if any, and returns whether the server may have acted on it. Sends a PING:
   * perhaps the request is not slow but the connection is dead.
   *
   * @param hold whether the connection gets no requests until it answers
   */
  #withdraw(hold: boolean): Delivery {
    const transport = this.#member?.transport;
    const exchange = this.#exchange;
    if (this.state !== "in-flight" || transport === undefined || exchange === undefined) return "unsent";
    this.#exchange = undefined;
    const delivery = transport.cancel(exchange);
    transport.probe(hold);
    return delivery;
  }

  /** A later attempt that never left does not cancel what an earlier attempt may have done. */
  #honest(error: Failure): Failure {
    if (error.delivery === "unknown" || !this.maybeDelivered) return error;
    if (error instanceof Timeout) return new Timeout(error.deadlineSource, "unknown", { cause: error.cause });
    if (error instanceof Aborted) return new Aborted("unknown", error.cause);
    const reason = error instanceof Closed ? error.reason : error.message;
    return new Closed(reason, "unknown", { cause: error });
  }

  #beginTrouble(): Trouble {
    this.#trouble ??= {
      resends: 0,
      pauses: 0,
      losses: 0,
      maybeDelivered: false,
      last: undefined,
      avoid: undefined,
    };
    return this.#trouble;
  }

  /** The only writer of the place. False if the move comes too late. */
  #move(next: JobPlace | undefined): boolean {
    if (next === undefined) return false;
    this.#place = next;
    return true;
  }
}

/** The request could not be prepared, so nothing of it was sent. */
function preparingFailed(error: unknown): InvalidRequest {
  if (error instanceof InvalidRequest) return error;
  const why = error instanceof ApnskitError ? `: ${error.message}` : "";
  return new InvalidRequest("request", `the request cannot be prepared for its next attempt${why}`, {
    cause: error,
  });
}
