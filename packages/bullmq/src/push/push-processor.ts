import { duration, received, rejectUnknown, requireObject, requireType } from "@apnskit/connection/internal";
import {
  type ApnsClient,
  ApnskitError,
  InvalidOption,
  type Notification,
  type Outcome,
  PushError,
} from "apnskit";
import { DelayedError, type Job } from "bullmq";
import { isLockLost } from "../worker/lock-watch.ts";
import { jobEnd, sentenceOf } from "./job-end.ts";
import { jobIdentity } from "./job-identity.ts";
import { PushFailed, PushNotAccepted } from "./push-errors.ts";
import { type Push, type PushJobData, readPushJob } from "./push-job.ts";

/** The options of {@link createPushProcessor}. */
export interface PushProcessorOptions<Data = PushJobData> {
  /** An open client, or a function that selects a job's client, such as `(job) => clients.open(job.data.app)`. */
  readonly client: ApnsClient | ((job: Job<Data>) => ApnsClient | Promise<ApnsClient>);
  /**
   * Returns the push of a job. Default: the job's data, made by `pushJob()`. If it throws, BullMQ tries the job again.
   * An error of this library about bad input fails the job for good.
   */
  readonly push?: ((job: Job<Data>) => Push | Promise<Push>) | undefined;
  /**
   * True, the default: a notification without a collapse id gets the job's. So a job that runs twice shows one
   * notification, and can run again after an attempt without an answer. False: such an attempt fails the job.
   */
  readonly collapse?: boolean | undefined;
  /** Milliseconds for each attempt of a job, queueing in the client and the client's retries included. Default: the client's. */
  readonly timeout?: number | undefined;
}

/** BullMQ calls it for each job. It resolves with the outcome, which BullMQ stores as the job's return value. */
export type PushProcessor<Data = PushJobData> = (
  job: Job<Data>,
  lock?: string,
  signal?: AbortSignal,
) => Promise<Outcome>;

/** Milliseconds until a worker may take a job that a closing worker gave back. */
const RETURN_DELAY = 1_000;

/**
 * A processor for a BullMQ `Worker` whose jobs are single pushes:
 *
 * | outcome | job |
 * |---|---|
 * | accepted | completes; the return value is the outcome |
 * | rejected, unsent or unknown, retryable | fails with {@link PushNotAccepted}; BullMQ tries it again by its options |
 * | rejected, unsent or unknown, not retryable | fails for good with {@link PushFailed} (an `UnrecoverableError`) |
 * | none, because the client was closed | returns to the queue without using up an attempt |
 * | none, because the worker has lost its lock | belongs to the worker that has it now |
 *
 * The `apns-id` derives from the job's id, and so does the collapse id, unless the notification has its own. So a job
 * that runs twice shows one notification. Give the worker to `LockWatch.of()`, so that a lost lock aborts the push.
 *
 * @throws InvalidOption
 */
export function createPushProcessor<Data = PushJobData>(
  options: PushProcessorOptions<Data>,
): PushProcessor<Data> {
  requireObject("options", options);
  rejectUnknown(options, ["client", "push", "collapse", "timeout"]);
  const { client, push, collapse = true, timeout } = options;
  if (typeof client !== "function" && typeof client?.trySend !== "function") {
    throw new InvalidOption(
      "client",
      `client must be an ApnsClient, or a function that returns one${received(client)}`,
    );
  }
  requireType("push", push, "function");
  requireType("collapse", collapse, "boolean");
  if (timeout !== undefined) duration("timeout", timeout, 0);
  const limits = timeout === undefined ? {} : { timeout };

  // BullMQ gives a signal to processors that take three arguments.
  return async function processPush(job, lock, signal): Promise<Outcome> {
    const { device, notification } = await pushOf(job, push);
    const identified = identify(notification, job, collapse);
    const apns = typeof client === "function" ? await client(job) : client;
    const outcome = await apns.trySend(device, identified, signal ? { ...limits, signal } : limits);
    return settle(outcome, job, lock, signal);
  };
}

async function pushOf<Data>(job: Job<Data>, push: PushProcessorOptions<Data>["push"]): Promise<Push> {
  try {
    return push === undefined ? readPushJob(job.data) : await push(job);
  } catch (error) {
    const isBadInput = error instanceof ApnskitError && !(error instanceof PushError);
    throw isBadInput ? new PushFailed(error.message, undefined, error) : error;
  }
}

function identify(notification: Notification, job: Job, collapse: boolean): Notification {
  const { id, collapseId } = jobIdentity(job);
  return notification.with({
    id: notification.id ?? id,
    ...(collapse && notification.collapseId === undefined && { collapseId }),
  });
}

async function settle(
  outcome: Outcome,
  job: Job,
  lock: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const end = jobEnd(outcome, isLockLost(signal));
  if (end === "complete" || outcome.result === "accepted") return outcome;
  if (end === "fail") throw new PushFailed(sentenceOf(outcome), outcome);
  if (end === "retry") throw new PushNotAccepted(sentenceOf(outcome), outcome);
  if (end === "return") await job.moveToDelayed(Date.now() + RETURN_DELAY, lock);
  // Tells BullMQ that the job no longer belongs to this worker.
  throw new DelayedError();
}
