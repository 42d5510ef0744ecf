import { type Clock, systemClock } from "./clock.ts";
import { host } from "./host.ts";

/** The clocks as read once in this turn of the event loop. */
const turn = { read: false, now: 0, epoch: 0 };

function forget(): void {
  turn.read = false;
}

function read(): void {
  if (turn.read) return;
  turn.read = true;
  turn.now = host.now();
  turn.epoch = host.epoch();
  // Runs before the event loop goes on, so a suspended process never wakes up with an old reading.
  host.nextTick(forget);
}

const systemTurnTime: Pick<Clock, "now" | "epoch"> = {
  now() {
    read();
    return turn.now;
  },
  epoch() {
    read();
    return turn.epoch;
  },
};

/**
 * The time of this turn of the event loop. `room()` needs it for every request, and reading two clocks each
 * time would cost more than the rest of `room()`. A caller's clock is read each time.
 */
export function turnTime(clock: Clock): Pick<Clock, "now" | "epoch"> {
  return clock === systemClock ? systemTurnTime : clock;
}
