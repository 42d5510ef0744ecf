import { inspect } from "node:util";
import {
  type GuardedLogger,
  guardClock,
  guardLogger,
  requireSignal,
  wordsOf,
} from "@apnskit/connection/internal";
import { Aborted } from "@apnskit/pool";
import {
  type BearerToken,
  type Clock,
  InvalidOption,
  type Logger,
  type ProviderToken,
  type ProviderTokenOptions,
  type ProviderTokenSource,
  providerToken,
  type Timer,
} from "apnskit";
import { agreement, LAST_SHOWN, type Occasion, SHORTEST_LIFE } from "./token-agreement.ts";
import { TokenSeal } from "./token-seal.ts";
import type { ProviderTokenStore, StoredProviderToken } from "./token-store.ts";

/** A signing key, and the store through which all processes with this key share one provider token. */
export interface SharedProviderTokenOptions extends Omit<ProviderTokenOptions, "source"> {
  /** `store.tokens` of a `RedisStore` or `PostgresStore`, or your own store. */
  readonly store: ProviderTokenStore;
  /** Stops {@link SharedProviderToken.open} from waiting for the store. */
  readonly signal?: AbortSignal | undefined;
  /** Where renewals and trouble with the store are logged. Default: nowhere. */
  readonly logger?: Logger | undefined;
}

const RENEW_AFTER = 50 * 60_000;
/** Other processes ask up to so many milliseconds later. So one process renews, and the others find the new token. */
const SPREAD = 30_000;
/** Milliseconds between two attempts while the store fails. */
const FIRST_RETRY = 1_000;
const LAST_RETRY = 30_000;
/** Milliseconds after which a refused request asks for the token again. */
const REFUSED_DELAY = 250;
/** Milliseconds that a refused token waits for the store, before the process signs its own. */
const REFUSED_PATIENCE = 5_000;

/** The token in use, and its start by both clocks of this machine. */
interface Shown {
  readonly token: BearerToken;
  readonly value: string;
  readonly bornNow: number;
  readonly bornEpoch: number;
}

/**
 * One provider token for all processes that use the same key. APNs refuses frequent new tokens of one key with
 * `TooManyProviderTokenUpdates`. Workers that each sign their own token reach that limit.
 *
 * One process renews the token after `renewAfter`, and all others take it over. No process replaces a token within
 * 20 minutes. The store holds the token encrypted. While the store is unreachable, a process shows the last token
 * for up to 58 minutes. After that it signs its own token until the store is back.
 */
export class SharedProviderToken implements AsyncDisposable {
  /** For `auth` of a client. */
  readonly auth: ProviderToken;
  readonly #store: ProviderTokenStore;
  readonly #seal: TokenSeal;
  readonly #renewAfter: number;
  readonly #clock: Clock;
  readonly #logger: GuardedLogger;
  #shown: Shown | undefined;
  #generation = 0;
  #asking: Promise<void> | undefined;
  #refused: { readonly token: BearerToken; readonly since: number } | undefined;
  #failures = 0;
  #timer: Timer | undefined;
  #closed = false;

  private constructor(options: SharedProviderTokenOptions) {
    const { store, signal: _, logger, ...own } = options;
    requireStore(store);
    const source: ProviderTokenSource = {
      current: () => this.#current(),
      rejected: (token) => this.#rejected(token),
    };
    this.auth = providerToken({ ...own, source });
    this.#store = store;
    this.#seal = new TokenSeal(this.auth);
    this.#renewAfter = Math.min(own.renewAfter ?? RENEW_AFTER, LAST_SHOWN - 2 * SPREAD);
    this.#clock = guardClock(own.clock);
    this.#logger = guardLogger(logger).with({ keyId: this.auth.keyId });
  }

  /**
   * Resolves when this process has the common token. It waits while the store is unreachable.
   *
   * @throws InvalidCredentials, InvalidOption as `providerToken()`; Aborted by `signal`
   */
  static async open(options: SharedProviderTokenOptions): Promise<SharedProviderToken> {
    const shared = new SharedProviderToken(options);
    try {
      await shared.#agreeAtLeastOnce(options.signal);
      return shared;
    } catch (error) {
      await shared.close();
      throw error;
    }
  }

  /** Stops renewing. Clients that still use the token keep it. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Shows neither the key nor a token. */
  [inspect.custom](): string {
    return `SharedProviderToken { auth: ${inspect(this.auth)} }`;
  }

  #current(): BearerToken | undefined {
    const shown = this.#shown;
    return shown !== undefined && this.#ageOf(shown) < LAST_SHOWN ? shown.token : undefined;
  }

  #rejected(token: BearerToken): number | undefined {
    const shown = this.#shown;
    if (shown?.token !== token) return REFUSED_DELAY;
    if (this.#ageOf(shown) < SHORTEST_LIFE) return undefined;
    const now = this.#clock.now();
    if (this.#refused?.token !== token) this.#refused = { token, since: now };
    if (now - this.#refused.since > REFUSED_PATIENCE) {
      this.#logger.warn({}, "the store of provider tokens does not answer: this process signs its own token");
      this.#shown = undefined;
    }
    if (!this.#closed) void this.#ask("rejection");
    return REFUSED_DELAY;
  }

  #ageOf({ bornNow, bornEpoch }: Shown): number {
    return Math.max(this.#clock.now() - bornNow, this.#clock.epoch() - bornEpoch);
  }

  async #agreeAtLeastOnce(signal: AbortSignal | undefined): Promise<void> {
    if (signal === undefined) return this.#untilShown();
    requireSignal(signal);
    if (signal.aborted) throw new Aborted("unsent", signal.reason);
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => reject(new Aborted("unsent", signal.reason));
      signal.addEventListener("abort", abort, { once: true });
      const done = this.#untilShown().finally(() => signal.removeEventListener("abort", abort));
      done.then(resolve, reject);
    });
  }

  async #untilShown(): Promise<void> {
    while (this.#shown === undefined && !this.#closed) {
      await this.#ask("start");
      if (this.#shown === undefined && !this.#closed) await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#timer?.cancel();
      this.#timer = this.#clock.setTimer(resolve, this.#retryDelay());
    });
  }

  #retryDelay(): number {
    return Math.min(LAST_RETRY, FIRST_RETRY * 2 ** Math.max(0, this.#failures - 1));
  }

  /** One question at a time: the first of many refused requests asks. */
  #ask(occasion: Occasion): Promise<void> {
    this.#asking ??= this.#agree(occasion).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #agree(occasion: Occasion): Promise<void> {
    const name = this.auth.id;
    try {
      const asked = this.#moment();
      const stored = await this.#store.read(name);
      const token = stored && this.#tokenOf(stored.value);
      const refused = stored?.value === this.#shown?.value && this.#refused !== undefined;
      const holding = stored && { age: stored.age, readable: token !== undefined, refused };
      const decision = agreement(holding, occasion, this.#renewAfter);
      if (decision === "adopt") this.#show(stored!, token!, asked);
      else if (decision === "replace") await this.#replace(stored?.value);
      else if (!token)
        this.#logger.error({}, "the stored provider token cannot be read: made with another key?");
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      if (this.#failures === 1) {
        this.#logger.warn({ error: wordsOf(error, 200) }, "the store of provider tokens fails");
      }
    }
    if (occasion !== "start" || this.#shown !== undefined) this.#schedule();
  }

  async #replace(previous: string | undefined): Promise<void> {
    const signed = this.auth.sign(this.#generation + 1);
    const value = this.#seal.close(signed);
    const asked = this.#moment();
    const stored = await this.#store.replace(this.auth.id, previous, value);
    const token = stored.value === value ? signed : this.#tokenOf(stored.value);
    if (token === undefined) return;
    if (token === signed) this.#logger.info({}, "provider token renewed for all processes");
    this.#show(stored, token, asked);
  }

  #tokenOf(value: string): BearerToken | undefined {
    return value === this.#shown?.value ? this.#shown.token : this.#seal.open(value, this.#generation + 1);
  }

  /** @param asked when the question was sent: the token is at most that old */
  #show(
    { value, age }: StoredProviderToken,
    token: BearerToken,
    asked: { now: number; epoch: number },
  ): void {
    if (value === this.#shown?.value) return;
    this.#generation++;
    this.#refused = undefined;
    this.#shown = { token, value, bornNow: asked.now - age, bornEpoch: asked.epoch - age };
  }

  #moment(): { now: number; epoch: number } {
    return { now: this.#clock.now(), epoch: this.#clock.epoch() };
  }

  /** The next look at the store. It does not hold the process. */
  #schedule(): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    const left = this.#shown === undefined ? 0 : this.#renewAfter - this.#ageOf(this.#shown);
    const delay = left > 0 && this.#failures === 0 ? left + Math.random() * SPREAD : this.#retryDelay();
    this.#timer = this.#clock.setTimer(() => void this.#ask("schedule"), delay);
    this.#timer.unref();
  }
}

/** @throws InvalidOption */
function requireStore(store: unknown): void {
  const methods = store as Partial<ProviderTokenStore> | null | undefined;
  if (typeof methods?.read === "function" && typeof methods.replace === "function") return;
  throw new InvalidOption(
    "store",
    "store needs the methods read and replace, as `tokens` of a RedisStore has",
  );
}
