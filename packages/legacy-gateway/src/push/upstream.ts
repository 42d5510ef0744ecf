import { type GuardedLogger, toError, wordsOf } from "@apnskit/connection/internal";
import { backoffDelay } from "@apnskit/pool/internal";
import type { ApnsClient, ApnsClients, Clock, Outcome, Timer } from "apnskit";
import { abbreviatedToken } from "apnskit/internal";
import type { App } from "../apps/app.ts";
import { Status } from "../codec/status.ts";
import type { FeedbackStore } from "../feedback/feedback-store.ts";
import { type AppCounts, countRefused } from "../report/app-counts.ts";
import type { Push } from "./push.ts";
import { isForFeedback, refused, UNSENT, type Verdict, verdictOf } from "./verdict.ts";

/** Dependencies of an {@link Upstream}. */
export interface UpstreamSetup {
  readonly app: App;
  readonly clients: ApnsClients;
  readonly feedback: FeedbackStore;
  readonly counts: AppCounts;
  /** Most pushes of all connections that may be in flight. */
  readonly maxUnderWay: number;
  /** Milliseconds that a push may wait for a connection to APNs. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: GuardedLogger;
  /** Called when a push has its verdict. */
  onVerdict(): void;
}

const BACKOFF = { minDelay: 250, maxDelay: 10_000, factor: 2 };

/**
 * Sends one app's pushes to APNs. It bounds the pushes in flight, holds pushes while there is no connection,
 * and turns outcomes into verdicts.
 */
export class Upstream {
  readonly #setup: UpstreamSetup;
  /** Without a connection to APNs, oldest first. */
  readonly #waiting = new Set<Push>();
  /** Called, oldest first, as soon as there is room. */
  readonly #wantRoom = new Set<() => void>();
  #client: ApnsClient | undefined = undefined;
  /** The client whose end is listened for already: it may be opened again. */
  #listenedTo: ApnsClient | undefined = undefined;
  #isOpening = false;
  /** How often in a row an open client has given pushes back unsent. */
  #returns = 0;
  #isStopped = false;
  #underWay = 0;
  #retry: Timer | undefined = undefined;
  #expiry: Timer | undefined = undefined;

  constructor(setup: UpstreamSetup) {
    this.#setup = setup;
  }

  /** Pushes without a verdict. */
  get underWay(): number {
    return this.#underWay;
  }

  get hasRoom(): boolean {
    return this.#underWay < this.#setup.maxUnderWay;
  }

  /** Calls back once when there is room. The same function is entered only once. */
  whenRoom(callback: () => void): void {
    this.#wantRoom.add(callback);
  }

  forget(callback: () => void): void {
    this.#wantRoom.delete(callback);
  }

  /** Opens a connection before it is needed. */
  warmUp(): void {
    if (this.#client === undefined && !this.#isOpening && !this.#isStopped) void this.#open(1);
  }

  /** Sends a push. The push always gets a verdict. */
  send(push: Push): void {
    this.#underWay++;
    this.#hand(push);
  }

  /** Sends nothing from now on. Pushes that wait for a connection end as unsent; pushes in flight go on. */
  stop(): void {
    this.#isStopped = true;
    this.#retry?.cancel();
    this.#expiry?.cancel();
    for (const push of this.#waiting) this.#settle(push, UNSENT);
    this.#waiting.clear();
    this.#wantRoom.clear();
  }

  /** Returns the client, after all clients were closed or nothing is in flight. */
  async close(): Promise<void> {
    this.stop();
    await this.#client?.close();
  }

  #hand(push: Push): void {
    const client = this.#client;
    if (this.#isStopped) this.#settle(push, UNSENT);
    else if (client === undefined) this.#wait(push);
    else {
      client.trySend(push.token, push.notification).then(
        (outcome) => this.#onOutcome(push, outcome, client),
        (error) => this.#settle(push, { state: "doubtful", reason: wordsOf(error) }),
      );
    }
  }

  #wait(push: Push): void {
    this.#waiting.add(push);
    if (this.#waiting.size === 1) this.#watchExpiry();
    this.warmUp();
  }

  /**
   * All pushes have the same time limit, so the first in the set is due first, or was put back and is due
   * even earlier.
   */
  #watchExpiry(): void {
    const { clock, timeout } = this.#setup;
    this.#expiry?.cancel();
    this.#expiry = undefined;
    let earliest = Number.POSITIVE_INFINITY;
    for (const push of this.#waiting) {
      const due = push.receivedAt + timeout;
      if (due <= clock.now()) {
        this.#waiting.delete(push);
        this.#settle(push, refused(Status.processingError, "no connection to APNs in time"));
      } else earliest = Math.min(earliest, due);
    }
    if (this.#waiting.size === 0 || this.#isStopped) return;
    // A verdict from above may have let another push wait, which has set this timer.
    (this.#expiry as Timer | undefined)?.cancel();
    this.#expiry = clock.setTimer(() => this.#watchExpiry(), earliest - clock.now());
  }

  async #open(attempt: number): Promise<void> {
    const { app, clients, clock, random, logger } = this.#setup;
    this.#isOpening = true;
    try {
      const client = await clients.open(app.name);
      this.#isOpening = false;
      if (this.#isStopped) return;
      this.#client = client;
      if (client !== this.#listenedTo) client.once("closed", () => this.#lose(client));
      this.#listenedTo = client;
      this.#flush();
    } catch (error) {
      if (this.#isStopped) return;
      const delay = backoffDelay(BACKOFF, attempt, random());
      logger.warn(
        { app: app.name, err: toError(error), retryIn: Math.round(delay) },
        "no connection to APNs",
      );
      this.#retry = clock.setTimer(() => void this.#open(attempt + 1), delay);
    }
  }

  #flush(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#expiry?.cancel();
    this.#expiry = undefined;
    for (const push of waiting) this.#hand(push);
  }

  #lose(client: ApnsClient): void {
    if (this.#client === client) this.#client = undefined;
  }

  /** A client that gives a push back may be open still, with a full queue for example: asked at once, it would again. */
  #rest(client: ApnsClient): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#isOpening = true;
    const { clock, random } = this.#setup;
    const delay = backoffDelay(BACKOFF, ++this.#returns, random());
    this.#retry = clock.setTimer(() => void this.#open(1), delay);
  }

  #onOutcome(push: Push, outcome: Outcome, client: ApnsClient): void {
    const verdict = verdictOf(outcome);
    const { app, clock, timeout, feedback, counts } = this.#setup;
    if (verdict.state === "unsent" && !this.#isStopped) {
      // The push has no known fault: it waits for the next connection as long as its time lasts.
      this.#rest(client);
      if (push.receivedAt + timeout > clock.now()) this.#wait(push);
      else this.#settle(push, refused(Status.processingError, "no connection to APNs in time"));
      return;
    }
    this.#returns = 0;
    if (outcome.result === "accepted") counts.accepted++;
    else if (outcome.result === "rejected" && isForFeedback(outcome)) {
      counts.dead++;
      feedback.add(app.name, push.token, Math.floor((outcome.timestamp ?? clock.epoch()) / 1_000));
    }
    this.#settle(push, verdict);
  }

  #settle(push: Push, verdict: Verdict): void {
    this.#underWay--;
    const { app, counts, logger } = this.#setup;
    if (verdict.state === "doubtful") counts.inDoubt++;
    if (verdict.state === "refused") countRefused(counts, verdict.status);
    if (verdict.state === "refused" || verdict.state === "doubtful") {
      const { state, reason } = verdict;
      const { id } = push.notification;
      logger.debug(
        { app: app.name, token: abbreviatedToken(push.token), apnsId: id, state, reason },
        "not accepted",
      );
    }
    push.settle(verdict);
    this.#wake();
    this.#setup.onVerdict();
  }

  #wake(): void {
    for (const callback of this.#wantRoom) {
      if (!this.hasRoom) return;
      this.#wantRoom.delete(callback);
      callback();
    }
  }
}
