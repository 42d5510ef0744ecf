import type { Clock, Timer } from "apnskit";

/** The time limit for a frame that has begun. It has one timer, set only while a frame is incomplete. */
export class FrameDeadline {
  readonly #clock: Clock;
  readonly #time: number;
  readonly #onMissed: () => void;
  #beganAt = 0;
  #timer: Timer | undefined = undefined;

  /** @param time milliseconds @param onMissed may be late, and must check that a frame is incomplete */
  constructor(clock: Clock, time: number, onMissed: () => void) {
    this.#clock = clock;
    this.#time = time;
    this.#onMissed = onMissed;
  }

  /** Whether it watches a frame. */
  get isSet(): boolean {
    return this.#timer !== undefined;
  }

  /** A frame has begun now. Setting the timer anew for each frame would cost too much. */
  begin(): void {
    this.#beganAt = this.#clock.now();
    if (this.#timer === undefined) this.#set();
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #set(): void {
    const left = this.#beganAt + this.#time - this.#clock.now();
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      if (this.#clock.now() < this.#beganAt + this.#time) this.#set();
      else this.#onMissed();
    }, left);
  }
}
