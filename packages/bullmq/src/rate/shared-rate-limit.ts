import {
  guardClock,
  received,
  rejectUnknown,
  requireObject,
  requireType,
} from "@apnskit/connection/internal";
import { Aborted } from "@apnskit/pool";
import { type Clock, InvalidOption, type Timer } from "apnskit";
import type { RateStore } from "./rate-store.ts";

/** The options of a {@link SharedRateLimit}. */
export interface SharedRateLimitOptions {
  /** `store.rates` of a `RedisStore` or `PostgresStore`. */
  readonly store: RateStore;
  /** The same in all processes that share the rate, such as the campaign's name. 1 … 200 characters. */
  readonly name: string;
  /** Pushes per second, over all processes. Above 0. */
  readonly perSecond: number;
  /** Pushes that may leave at once after a pause. Default: those of 100 ms, at least 1. */
  readonly burst?: number | undefined;
  /** Default: the machine's clocks. */
  readonly clock?: Clock | undefined;
}

/** The part of a second that one call to the store covers: ten calls per second and process are enough. */
const SHARE = 10;

/** The share of one process in a rate that many processes keep together. */
export class SharedRateLimit {
  readonly #store: RateStore;
  readonly #name: string;
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;

  /** @throws InvalidOption */
  constructor(options: SharedRateLimitOptions) {
    requireObject("options", options);
    rejectUnknown(options, ["store", "name", "perSecond", "burst", "clock"]);
    const { store, name, perSecond, burst } = options;
    requireType("store.take", store?.take, "function");
    if (store?.take === undefined) throw new InvalidOption("store", "store needs the method take");
    if (typeof name !== "string" || name.length < 1 || name.length > 200) {
      throw new InvalidOption("name", `name must have 1 … 200 characters${received(name)}`);
    }
    this.#store = store;
    this.#name = name;
    this.#perSecond = positive("perSecond", perSecond);
    this.#burst = Math.max(1, burst === undefined ? this.#perSecond / SHARE : positive("burst", burst));
    this.#clock = guardClock(options.clock);
  }

  /** The best `count` for one call of `take`. */
  get batch(): number {
    return Math.max(1, Math.floor(this.#perSecond / SHARE));
  }

  /**
   * Resolves when `count` pushes may leave.
   *
   * @throws Aborted by `signal`; the reserved pushes stay reserved
   */
  async take(count: number, signal?: AbortSignal): Promise<void> {
    const wait = await this.#store.take(this.#name, count, this.#perSecond, this.#burst);
    if (signal?.aborted) throw new Aborted("unsent", signal.reason);
    if (wait > 0) await this.#pause(wait, signal);
  }

  #pause(delay: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const abort = (): void => {
        timer?.cancel();
        reject(new Aborted("unsent", signal?.reason));
      };
      timer = this.#clock.setTimer(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, delay);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }
}

/** @throws InvalidOption */
function positive(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidOption(name, `${name} must be a number above 0${received(value)}`);
}
