import type { Clock } from "./clock.ts";
import type { DeadlineSource } from "./errors.ts";
import type { Request } from "./request.ts";

/** The instant on the monotonic clock at which a request that is posted now is given up. */
export function deadlineOf(request: Request, now: number, clock: Pick<Clock, "epoch">): number {
  const wallClock = wallClockLimit(request);
  const byTimeout = now + request.timeout;
  return wallClock === Number.POSITIVE_INFINITY
    ? byTimeout
    : Math.min(byTimeout, now + wallClock - clock.epoch());
}

/** Which limit it was that has passed. */
export function deadlineSource(request: Request, epoch: number): DeadlineSource {
  if (wallClockLimit(request) > epoch) return "timeout";
  return (request.deadline ?? Number.POSITIVE_INFINITY) <= epoch ? "deadline" : "expiration";
}

function wallClockLimit(request: Request): number {
  const { deadline, expiration } = request;
  if (deadline === undefined) return expiration ?? Number.POSITIVE_INFINITY;
  return expiration === undefined ? deadline : Math.min(deadline, expiration);
}
