import { duration, rejectUnknown, requireObject } from "@apnskit/connection/internal";
import { type ApnsClient, InvalidOption, systemClock } from "apnskit";

/** The part of a BullMQ `Worker` that is needed to stop it. */
export interface StoppableWorker {
  close(force?: boolean): Promise<void>;
  disconnect(): Promise<void>;
}

/** How long a stop may take. */
export interface StopOptions {
  /** Milliseconds for pushes that are under way; what is not settled then goes back into the queue. Default 10,000. */
  readonly drain?: number | undefined;
  /**
   * Milliseconds for all, from the call on: beyond `drain`, the worker reports its jobs to the store, which may be out of
   * reach. Default 20,000.
   */
  readonly limit?: number | undefined;
}

/**
 * Stops a worker and its client at the same time, within a bound: the worker takes no new jobs, and pushes under way get
 * `drain`. Choose a `limit` below the time after which the process is killed (Kubernetes: 30 s).
 *
 * @returns true when all jobs were reported to the store. False: the store did not answer within `limit`; the jobs that were
 *   not reported run again when their locks have expired
 * @throws InvalidOption
 */
export async function stopWorker(
  worker: StoppableWorker,
  client: Pick<ApnsClient, "close">,
  options: StopOptions = {},
): Promise<boolean> {
  if (typeof worker?.close !== "function")
    throw new InvalidOption("worker", "worker must be a Worker of BullMQ");
  if (typeof client?.close !== "function") throw new InvalidOption("client", "client must be an ApnsClient");
  requireObject("options", options);
  rejectUnknown(options, ["drain", "limit"]);
  const drain = duration("drain", options.drain, 10_000);
  const limit = duration("limit", options.limit, 20_000, drain);
  const stopped = Promise.all([worker.close(), client.close({ drain })]).then(() => true);
  let late: (() => void) | undefined;
  const bound = new Promise<boolean>((resolve) => {
    late = () => resolve(false);
  });
  const timer = systemClock.setTimer(() => late?.(), limit);
  const clean = await Promise.race([stopped, bound]).finally(() => timer.cancel());
  if (!clean) {
    // What still waits for the store fails from here on, and there is nothing to hear it.
    stopped.catch(() => {});
    void worker.disconnect().catch(() => {});
  }
  return clean;
}
