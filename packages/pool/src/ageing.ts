import type { Clock, Timer } from "@apnskit/connection";

/** A connection that becomes too old at some instant. */
export interface Ageing {
  /** Monotonic milliseconds; `Infinity` for never. */
  readonly retireAt: number;
}

/**
 * Finds connections that are too old, with one timer for the first of them. The timer keeps no process alive.
 */
export class AgeWatch<Item extends Ageing> {
  readonly #clock: Clock;
  readonly #onOld: (item: Item) => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, onOld: (item: Item) => void) {
    this.#clock = clock;
    this.#onOld = onOld;
  }

  /**
   * Watches these items instead of the earlier ones. Calls `items` again each time that an item is too old.
   */
  watch(items: () => readonly Item[]): void {
    this.stop();
    const next = Math.min(...items().map(({ retireAt }) => retireAt));
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.setTimer(
      () => {
        const now = this.#clock.now();
        for (const item of items().filter(({ retireAt }) => retireAt <= now)) this.#onOld(item);
        this.watch(items);
      },
      Math.max(0, next - this.#clock.now()),
    );
    this.#timer.unref();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
