import { duration, rejectUnknown, requireObject } from "@apnskit/connection/internal";
import { type ApnsClient, InvalidOption, systemClock } from "apnskit";

/** The part of a BullMQ `Worker` that stopping needs. */
export interface StoppableWorker {
  close(force?: boolean): Promise<void>;
  disconnect(): Promise<void>;
}

/** How long a stop may take. */
export interface StopOptions {
  /** Milliseconds for pushes under way; jobs without an outcome by then return to the queue. Default 10,000. */
  readonly drain?: number | undefined;
  /**
   * Milliseconds for everything, from the call on. After `drain`, the worker reports its jobs to the store, which may be
   * unreachable. Default 20,000.
   */
  readonly limit?: number | undefined;
}

/**
 * Stops a worker and its client at the same time, within a bound: the worker takes no new jobs, and pushes under way get
 * `drain`. Choose a `limit` below the time after which the system kills the process (Kubernetes: 30 s).
 *
 * @returns true if the worker has reported all jobs to the store. False: the store did not answer within `limit`; the
 *   other jobs run again when their locks have expired
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
    // Calls that still wait for the store fail from here on, and no caller listens.
    stopped.catch(() => {});
    void worker.disconnect().catch(() => {});
  }
  return clean;
}
