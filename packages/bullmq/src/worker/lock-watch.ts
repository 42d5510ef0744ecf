import { guardClock } from "@apnskit/connection/internal";
import { type Clock, InvalidOption, type Timer } from "apnskit";
import { LockLost } from "../push/push-errors.ts";

/** The part of a BullMQ `Worker` in use; workers of all back-ends have it. */
export interface WatchedWorker {
  readonly opts: { readonly lockDuration?: number };
  cancelJob(jobId: string, reason?: string): boolean;
  on(event: "active" | "completed" | "failed", listener: (job: { id?: string } | undefined) => void): unknown;
  on(event: "locksRenewed", listener: (renewed: { jobIds: string[] }) => void): unknown;
  on(event: "lockRenewalFailed", listener: (jobIds: string[]) => void): unknown;
  on(event: "closed", listener: () => void): unknown;
}

/** The watch gives up a job after this part of the lock's duration without a renewal: before another worker can take it. */
const PATIENCE = 0.75;
/** Checks in that time. */
const LOOKS = 8;
const DEFAULT_LOCK = 30_000;

/**
 * Aborts jobs whose lock this worker has lost or may have lost. BullMQ reports only locks that another worker has
 * taken (`lockRenewalFailed`). It reports nothing to a worker without a connection to the store, or in a suspended
 * process. So the watch also aborts a job after three quarters of the lock's duration without a renewal.
 */
export class LockWatch {
  readonly #worker: WatchedWorker;
  readonly #clock: Clock;
  readonly #patience: number;
  /** The end of the time in which this worker may work on each job, by the monotonic clock. */
  readonly #heldUntil = new Map<string, number>();
  #timer: Timer | undefined;
  #closed = false;

  private constructor(worker: WatchedWorker, clock: Clock) {
    this.#worker = worker;
    this.#clock = clock;
    this.#patience = (worker.opts.lockDuration ?? DEFAULT_LOCK) * PATIENCE;
    worker.on("active", (job) => this.#hold([job?.id ?? ""]));
    worker.on("locksRenewed", ({ jobIds }) => this.#renew(jobIds));
    worker.on("lockRenewalFailed", (jobIds) => this.#giveUp(jobIds));
    worker.on("completed", (job) => this.#forget(job?.id));
    worker.on("failed", (job) => this.#forget(job?.id));
    worker.on("closed", () => this.#close());
  }

  /**
   * Watches a worker until it is closed. It aborts the signal, the processor's third argument, with a {@link LockLost}.
   *
   * @throws InvalidOption for a value that is no worker
   */
  static of(worker: WatchedWorker, clock?: Clock): LockWatch {
    if (typeof worker?.cancelJob !== "function" || typeof worker.on !== "function") {
      throw new InvalidOption("worker", "worker must be a Worker of BullMQ 6");
    }
    return new LockWatch(worker, guardClock(clock));
  }

  /** Whether this process still counts on the job's lock. */
  holds(jobId: string): boolean {
    const until = this.#heldUntil.get(jobId);
    return until !== undefined && this.#clock.now() < until;
  }

  #hold(jobIds: readonly string[]): void {
    const until = this.#clock.now() + this.#patience;
    for (const id of jobIds) this.#heldUntil.set(id, until);
    this.#schedule();
  }

  /** A renewal may be reported after its job has ended. */
  #renew(jobIds: readonly string[]): void {
    this.#hold(jobIds.filter((id) => this.#heldUntil.has(id)));
  }

  #giveUp(jobIds: readonly string[]): void {
    for (const id of jobIds) {
      this.#heldUntil.delete(id);
      this.#worker.cancelJob(id, LOCK_LOST as never);
    }
  }

  #forget(jobId: string | undefined): void {
    if (jobId !== undefined) this.#heldUntil.delete(jobId);
  }

  #look(): void {
    const now = this.#clock.now();
    const late = [...this.#heldUntil].filter(([, until]) => until <= now).map(([id]) => id);
    this.#giveUp(late);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#closed || this.#heldUntil.size === 0) return;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      this.#look();
    }, this.#patience / LOOKS);
    this.#timer.unref();
  }

  #close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#heldUntil.clear();
  }
}

const LOCK_LOST = new LockLost(
  "this worker's lock on the job is lost or was not renewed in time: another worker may have the job",
);

/** Whether the loss of a job's lock aborted a signal. */
export function isLockLost(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && signal.reason instanceof LockLost;
}
