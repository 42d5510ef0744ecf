import type { Clock, Timer } from "./clock.ts";

/** Milliseconds; enough for one turn of the event loop. */
const LAST_LOOK = 1;

export interface KeepaliveActions {
  /** Sends a PING to the peer. */
  ping(): void;
  /** The peer did not answer in time. */
  dead(): void;
}

/**
 * Finds out whether the peer is still there. After `interval` of silence it sends a PING. If no bytes arrive
 * within `timeout`, the connection is dead. Any bytes count as an answer, so noting them costs one
 * assignment.
 *
 *     heard ──interval of silence, or probe()──▶ asked ──timeout of silence──▶ dead
 *       ▲────────────────── any bytes ────────────┘
 */
export class Keepalive {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #actions: KeepaliveActions;
  #heardAt: number;
  /** The same instant on the wall clock. */
  #heardEpoch: number;
  /** When the PING was sent; `undefined` if the peer owes no answer. */
  #askedAt: number | undefined;
  /** True if a suspicion caused the PING, not mere routine. */
  #suspected = false;
  /** The timeout has passed, but bytes from the peer may still wait to be read. */
  #lastLook = false;
  #timer: Timer | undefined;

  /**
   * @param interval milliseconds, `Infinity` to send a PING only on {@link probe} @param timeout milliseconds
   */
  constructor(clock: Clock, interval: number, timeout: number, actions: KeepaliveActions) {
    this.#clock = clock;
    this.#interval = interval;
    this.#timeout = timeout;
    this.#actions = actions;
    this.#heardAt = clock.now();
    this.#heardEpoch = clock.epoch();
    this.#arm(interval);
  }

  /** True while the peer owes an answer: it may be gone. */
  get asked(): boolean {
    return this.#askedAt !== undefined;
  }

  /** True while the peer owes an answer and is suspected to be gone. */
  get suspected(): boolean {
    return this.#askedAt !== undefined && this.#suspected;
  }

  /**
   * True if the silence is so long that a PING should have been sent. This happens after the process was
   * suspended. In a suspended machine the monotonic clock may stand still, so the clock that advanced further
   * counts.
   */
  isStale(now: number, epoch: number = this.#clock.epoch()): boolean {
    return this.#silence(now, epoch) > this.#interval;
  }

  heard(now: number, epoch: number = this.#clock.epoch()): void {
    this.#heardAt = now;
    this.#heardEpoch = epoch;
    this.#askedAt = undefined;
  }

  /** Milliseconds since the last bytes. */
  #silence(now: number, epoch: number): number {
    return Math.max(now - this.#heardAt, epoch - this.#heardEpoch);
  }

  /** Sends a PING now, unless the peer owes an answer already. @param suspected see {@link suspected} */
  probe(suspected = true): void {
    this.#suspected = suspected || this.suspected;
    if (this.#askedAt !== undefined) return;
    this.#askedAt = this.#clock.now();
    this.#lastLook = false;
    this.#actions.ping();
    this.#arm(this.#timeout);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(delay: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (delay === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.setTimer(() => this.#onTimer(), delay);
    // The socket or the deadline of a request keeps a process alive, not this timer.
    this.#timer.unref();
  }

  #onTimer(): void {
    const now = this.#clock.now();
    if (this.#askedAt !== undefined) {
      const left = this.#askedAt + this.#timeout - now;
      if (left > 0) this.#arm(left);
      else if (this.#lastLook) this.#actions.dead();
      else {
        // After the process was suspended or busy, timers run before it reads bytes that arrived meanwhile.
        this.#lastLook = true;
        this.#arm(LAST_LOOK);
      }
      return;
    }
    const left = this.#interval - this.#silence(now, this.#clock.epoch());
    if (left > 0) this.#arm(left);
    else this.probe();
  }
}
