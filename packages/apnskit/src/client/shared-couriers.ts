import { type Clock, Closed, type CloseOptions, ConnectFailed, type Timer } from "@apnskit/pool";
import { type BackoffOptions, backoffDelay } from "@apnskit/pool/internal";
import type { Auth } from "../credentials/auth.ts";
import { LONGEST_TOKEN_LIFE } from "../credentials/token-lifecycle.ts";
import type { DeadTokens } from "../dead-tokens.ts";
import { type App, type NetworkOptions, readNetwork } from "./client-options.ts";
import { Courier } from "./courier.ts";

/** Connections for one environment and one set of credentials. */
export interface SharedCourier {
  readonly key: string;
  readonly courier: Courier;
  /** Apps whose clients used these connections. */
  readonly apps: Set<string>;
  /** Clients that are open. */
  clients: number;
  idle: Timer | undefined;
  /** True if new clients no longer get these connections. */
  left: boolean;
}

/** The memory of connections that were closed or could not be opened. */
interface Past {
  /**
   * The credentials. If they are needed again soon, the old provider token must be reused: APNs does not
   * accept a new one within 20 minutes.
   */
  auth: Auth | undefined;
  /** When the entry last changed; monotonic milliseconds. */
  at: number;
  /** Failed attempts in a row. */
  failures: number;
  /** No attempt is made before this instant; monotonic milliseconds. */
  heldUntil: number;
  /** The error of the last attempt. */
  error: Error | undefined;
}

/** Delays after failed attempts, per credentials. */
const backoff: BackoffOptions = { minDelay: 250, maxDelay: 30_000, factor: 2 };

/** The most closed or failed connections to remember; the oldest are dropped first. */
const MOST_PASTS = 10_000;

/** The parts that {@link SharedCouriers} work with. */
export interface SharedCouriersSetup {
  readonly network: NetworkOptions;
  readonly idleTimeout: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly deadTokens: DeadTokens;
  onOpened(courier: Courier): void;
  /** @param reason `idle`, `close`, or why APNs refuses the credentials */
  onLeft(shared: SharedCourier, reason: string): void;
}

/** The connections of many apps: one set for each environment and credentials, opened when first needed. */
export class SharedCouriers {
  readonly #setup: SharedCouriersSetup;
  /** Open or being opened, by environment and credentials. */
  readonly #shared = new Map<string, Promise<SharedCourier>>();
  readonly #pasts = new Map<string, Past>();
  /** Couriers that new clients no longer get, but that still have requests under way. */
  readonly #finishing = new Set<Courier>();
  #closed = false;

  constructor(setup: SharedCouriersSetup) {
    this.#setup = setup;
  }

  /** All open connections. */
  async all(): Promise<SharedCourier[]> {
    const all = await Promise.allSettled(this.#shared.values());
    return all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  }

  /**
   * The connections for an app.
   *
   * @throws ConnectFailed, InvalidOption; the last error again while attempts with these credentials are held back
   * @throws Closed after `close`
   */
  async of(app: App): Promise<SharedCourier> {
    if (this.#closed) throw new Closed("close", "unsent");
    const key = `${app.environment} ${app.auth.id}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const past = this.#pasts.get(key);
    if (past?.error !== undefined && this.#setup.clock.now() < past.heldUntil) throw past.error;
    const opening = this.#open(key, { ...app, auth: this.#authOf(past) ?? app.auth });
    this.#shared.set(key, opening);
    opening.catch((error) => {
      if (this.#shared.get(key) === opening) this.#shared.delete(key);
      this.#failed(key, error);
    });
    return opening;
  }

  /** A client starts to use the connections. */
  enter(shared: SharedCourier): void {
    shared.clients++;
    shared.idle?.cancel();
    shared.idle = undefined;
  }

  /** A client no longer uses the connections. Connections without clients are closed after a while. */
  leave(shared: SharedCourier): void {
    if (--shared.clients > 0 || this.#closed || !shared.courier.isOpen) return;
    shared.idle = this.#setup.clock.setTimer(() => {
      this.drop(shared, "idle");
      void this.#finish(shared.courier);
    }, this.#setup.idleTimeout);
    shared.idle.unref();
  }

  /** New clients no longer get these connections. */
  drop(shared: SharedCourier, reason: string): void {
    if (shared.left) return;
    shared.left = true;
    shared.idle?.cancel();
    shared.idle = undefined;
    this.#shared.delete(shared.key);
    const past = this.#pastOf(shared.key);
    past.auth = shared.courier.authorization.auth;
    // The connections did some work, so earlier failures no longer count.
    if (shared.courier.stats().outcomes.accepted > 0) {
      past.failures = 0;
      past.error = undefined;
    }
    this.#setup.onLeft(shared, reason);
  }

  async close(options?: CloseOptions): Promise<void> {
    this.#closed = true;
    const all = await this.all();
    await Promise.all(
      all.map(async (shared) => {
        this.drop(shared, "close");
        await shared.courier.close(options);
      }),
    );
    await Promise.all([...this.#finishing].map((courier) => courier.close(options)));
  }

  async #open(key: string, app: App): Promise<SharedCourier> {
    const { network, deadTokens } = this.#setup;
    const courier = await Courier.open(app, readNetwork(network, app), { deadTokens });
    const shared: SharedCourier = { key, courier, apps: new Set(), clients: 0, idle: undefined, left: false };
    courier.on("closed", (reason, service) => {
      if (service !== "push") return;
      if (!shared.left) {
        this.drop(shared, reason);
        // Keeps the process from calling a server again and again that refuses at once.
        this.#failed(key, new Closed(reason, "unsent"));
      }
      void courier.close();
    });
    this.#setup.onOpened(courier);
    return shared;
  }

  #failed(key: string, error: unknown): void {
    if (!(error instanceof ConnectFailed) && !(error instanceof Closed)) return;
    const past = this.#pastOf(key);
    past.failures++;
    past.error = error;
    past.heldUntil = past.at + backoffDelay(backoff, past.failures, this.#setup.random());
  }

  /** The past of these credentials, to be changed by the caller. Drops entries that are too old to matter. */
  #pastOf(key: string): Past {
    const now = this.#setup.clock.now();
    const past = this.#pasts.get(key) ?? {
      auth: undefined,
      failures: 0,
      heldUntil: 0,
      error: undefined,
      at: now,
    };
    past.at = now;
    // Moved to the end, so that the oldest is always first.
    this.#pasts.delete(key);
    for (const [oldest, { at }] of this.#pasts) {
      if (at >= now - LONGEST_TOKEN_LIFE && this.#pasts.size < MOST_PASTS) break;
      this.#pasts.delete(oldest);
    }
    this.#pasts.set(key, past);
    return past;
  }

  /** The earlier credentials, with their provider token, unless they are too old. */
  #authOf(past: Past | undefined): Auth | undefined {
    const oldest = this.#setup.clock.now() - LONGEST_TOKEN_LIFE;
    return past !== undefined && past.at >= oldest ? past.auth : undefined;
  }

  /** Lets requests under way finish: a client may have been closed before its notifications had ended. */
  async #finish(courier: Courier): Promise<void> {
    this.#finishing.add(courier);
    await courier.close({ drain: Number.POSITIVE_INFINITY });
    this.#finishing.delete(courier);
  }
}
