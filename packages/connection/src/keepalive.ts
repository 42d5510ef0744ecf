import type { Clock, Timer } from "./clock.ts";

/** Milliseconds; enough for one turn of the event loop. */
const LAST_LOOK = 1;

export interface KeepaliveActions {
  /** Asks the peer for a sign of life. */
  ping(): void;
  /** The peer has given none in time. */
  dead(): void;
}

/**
 * Finds out whether the peer is still there: after `interval` of silence it is asked, and when nothing at all comes
 * back within `timeout` the connection is dead. Any bytes are a sign of life, so hearing costs one assignment.
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
  /** When the peer was asked; `undefined` when it owes no answer. */
  #askedAt: number | undefined;
  /** Whether the question came from a suspicion, and not only to be sure. */
  #suspected = false;
  /** The time is up, but what the peer has sent meanwhile may still wait to be read. */
  #lastLook = false;
  #timer: Timer | undefined;

  /** @param interval milliseconds, `Infinity` to ask only when told to @param timeout milliseconds */
  constructor(clock: Clock, interval: number, timeout: number, actions: KeepaliveActions) {
    this.#clock = clock;
    this.#interval = interval;
    this.#timeout = timeout;
    this.#actions = actions;
    this.#heardAt = clock.now();
    this.#heardEpoch = clock.epoch();
    this.#arm(interval);
  }

  /** True while an answer is awaited: whether the peer is there is not known. */
  get asked(): boolean {
    return this.#askedAt !== undefined;
  }

  /** True while an answer is awaited because the peer is suspected to be gone. */
  get suspected(): boolean {
    return this.#askedAt !== undefined && this.#suspected;
  }

  /**
   * True after so long a silence that the peer should have been asked. So it is when the process was suspended: the
   * monotonic clock may stand still in a suspended machine, so the clock that went further counts.
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

  /** Asks now, unless an answer is awaited already. @param suspected see {@link suspected} */
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
    // The socket, or the deadline of a request, is what keeps a process alive.
    this.#timer.unref();
  }

  #onTimer(): void {
    const now = this.#clock.now();
    if (this.#askedAt !== undefined) {
      const left = this.#askedAt + this.#timeout - now;
      if (left > 0) this.#arm(left);
      else if (this.#lastLook) this.#actions.dead();
      else {
        // After the process was suspended or busy, timers come before the bytes that arrived in the meantime.
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
