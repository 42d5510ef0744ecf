import { type Clock, type PushError, Response, Timeout } from "@apnskit/connection";
import type { GuardedLogger } from "@apnskit/connection/internal";
import { deadlineSource } from "@apnskit/connection/internal";
import type { BackoffOptions } from "./backoff.ts";
import type { Job, Trouble } from "./job.ts";
import { retry } from "./retry.ts";
import type { Outcome } from "./retry-policy.ts";

/** What retrying needs of its pool. */
export interface RetriesSetup {
  readonly clock: Clock;
  readonly backoff: BackoffOptions;
  readonly random: () => number;
  readonly logger: GuardedLogger;
  /** Puts a job whose pause is over back into the queue. */
  requeue(job: Job): void;
}

/** The jobs between two attempts. */
export class Retries {
  readonly #setup: RetriesSetup;
  readonly #pausing = new Set<Job>();

  constructor(setup: RetriesSetup) {
    this.#setup = setup;
  }

  /** How many there are. */
  get size(): number {
    return this.#pausing.size;
  }

  /** An attempt has ended in a way that is worth another one after a pause. */
  add(job: Job, trouble: Trouble, outcome: Outcome): void {
    job.state = "backing-off";
    this.#pausing.add(job);
    if (trouble.onAttempt !== undefined) trouble.onAttempt(outcome);
    else void this.#run(job, trouble, outcome);
  }

  /** Takes out a job that ends in another way. */
  remove(job: Job): void {
    this.#pausing.delete(job);
  }

  /** Takes out all of them, one by one. */
  *drain(): Generator<Job> {
    for (const job of this.#pausing) {
      this.#pausing.delete(job);
      yield job;
    }
  }

  /** p-retry takes over: attempt by attempt, until the outcome is final or time is up. */
  async #run(job: Job, trouble: Trouble, first: Outcome): Promise<void> {
    const { clock, backoff, random, logger } = this.#setup;
    logger.debug({ outcome: describe(first) }, "request will be retried");
    const attempt = (): Promise<Outcome> =>
      new Promise((resolve) => {
        trouble.onAttempt = resolve;
        this.#pausing.delete(job);
        this.#setup.requeue(job);
      });
    const outcome = await retry(job, trouble, first, { clock, backoff, random, attempt });
    if (job.state === "settled") return;
    this.#pausing.delete(job);
    job.settle(outcome instanceof Response ? outcome : this.#outOfTime(job, outcome));
  }

  /** The time that is left is too short for another attempt. */
  #outOfTime(job: Job, cause: PushError): Timeout {
    const { clock } = this.#setup;
    // When the limit passes, by the wall clock; the millisecond makes up for rounding.
    const instant = clock.epoch() + job.deadline - clock.now() + 1;
    return new Timeout(deadlineSource(job.request, instant), cause.delivery, { cause });
  }
}

/** What goes into the log: nothing of the request. */
function describe(outcome: Outcome): string {
  return outcome instanceof Response ? `${outcome.status} ${outcome.reason ?? ""}`.trim() : outcome.code;
}
