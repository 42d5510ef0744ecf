import type { Clock } from "./clock.ts";
import { type DeadlineSource, type Delivery, Timeout } from "./errors.ts";
import type { Request } from "./request.ts";

/** The deadline of a request posted now, on the monotonic clock. */
export function deadlineOf(request: Request, now: number, clock: Pick<Clock, "epoch">): number {
  const wallClock = wallClockLimit(request);
  const byTimeout = now + request.timeout;
  return wallClock === Number.POSITIVE_INFINITY
    ? byTimeout
    : Math.min(byTimeout, now + wallClock - clock.epoch());
}

/** The error for a request whose time limit has passed. @param epoch wall-clock milliseconds since 1970 */
export function timeoutOf(request: Request, epoch: number, delivery: Delivery, cause?: unknown): Timeout {
  return new Timeout(deadlineSource(request, epoch), delivery, cause === undefined ? undefined : { cause });
}

/** The limit that has passed. */
export function deadlineSource(request: Request, epoch: number): DeadlineSource {
  if (wallClockLimit(request) > epoch) return "timeout";
  return (request.deadline ?? Number.POSITIVE_INFINITY) <= epoch ? "deadline" : "expiration";
}

function wallClockLimit(request: Request): number {
  const { deadline, expiration } = request;
  if (deadline === undefined) return expiration ?? Number.POSITIVE_INFINITY;
  return expiration === undefined ? deadline : Math.min(deadline, expiration);
}
