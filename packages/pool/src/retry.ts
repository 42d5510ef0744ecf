import type { Clock } from "@apnskit/connection";
import pRetry from "p-retry";
import { type BackoffOptions, backoffDelay } from "./backoff.ts";
import type { Job, JobState, Trouble } from "./job.ts";
import type { Outcome } from "./retry-policy.ts";

/** What the retry loop needs. */
export interface RetryContext {
  readonly clock: Clock;
  readonly backoff: BackoffOptions;
  readonly random: () => number;
  /** Sends the job once more; resolves with how that ended. */
  attempt(): Promise<Outcome>;
}

/** Carries an outcome that is to be tried again through p-retry, which wants errors. */
class Unsuccessful extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super("unsuccessful");
    this.outcome = outcome;
  }
}

/**
 * Tries again, with growing pauses, until an outcome is final or the next attempt would come after the deadline; then
 * the last outcome stands. p-retry runs the attempts; the pauses are measured on the pool's clock, so its own are zero.
 *
 * @param first how the attempt ended that made this necessary
 */
export async function retry(
  job: Job,
  trouble: Trouble,
  first: Outcome,
  context: RetryContext,
): Promise<Outcome> {
  const { clock, backoff, random } = context;
  try {
    return await pRetry(
      async (attemptNumber) => {
        const outcome = attemptNumber === 1 ? first : await context.attempt();
        // Whether it is final was decided when it came: then the job is settled.
        if (job.state === "settled") return outcome;
        throw new Unsuccessful(outcome);
      },
      {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 0,
        onFailedAttempt: async ({ error, attemptNumber }) => {
          const delay = backoffDelay(backoff, attemptNumber, random());
          if (job.state === "settled" || clock.now() + delay >= job.deadline) throw error;
          await pause(clock, delay, trouble);
          if ((job.state as JobState) === "settled") throw error;
        },
      },
    );
  } catch (error) {
    if (error instanceof Unsuccessful) return error.outcome;
    throw error;
  }
}

function pause(clock: Clock, delay: number, trouble: Trouble): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      trouble.endPause = undefined;
      resolve();
    };
    const timer = clock.setTimer(end, delay);
    trouble.endPause = end;
  });
}
