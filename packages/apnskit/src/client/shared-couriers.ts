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
  /** Apps whose clients it has served. */
  readonly apps: Set<string>;
  /** Clients that are open. */
  clients: number;
  idle: Timer | undefined;
  /** It is handed out no longer. */
  left: boolean;
}

/** The memory of connections that were closed, or could not be opened. */
interface Past {
  /**
   * The credentials. If they are wanted again soon, their provider token has to be the old one: APNs does not take a new
   * one within 20 minutes.
   */
  auth: Auth | undefined;
  /** When it changed last; monotonic milliseconds. */
  at: number;
  /** Attempts in a row that came to nothing. */
  failures: number;
  /** No attempt is made before this instant; monotonic milliseconds. */
  heldUntil: number;
  /** Why the last attempt came to nothing. */
  error: Error | undefined;
}

/** Waits after attempts that came to nothing, per credentials. */
const backoff: BackoffOptions = { minDelay: 250, maxDelay: 30_000, factor: 2 };

/** Closed or failed connections that are remembered; the oldest go first. */
const MOST_PASTS = 10_000;

/** What {@link SharedCouriers} work with. */
export interface SharedCouriersSetup {
  readonly network: NetworkOptions;
  readonly idleTimeout: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly deadTokens: DeadTokens;
  onOpened(courier: Courier): void;
  /** @param reason `idle`, `close`, or why APNs refuses them */
  onLeft(shared: SharedCourier, reason: string): void;
}

/** The connections of many apps: one set for each environment and credentials, opened when it is first needed. */
export class SharedCouriers {
  readonly #setup: SharedCouriersSetup;
  /** Open or being opened, by environment and credentials. */
  readonly #shared = new Map<string, Promise<SharedCourier>>();
  readonly #pasts = new Map<string, Past>();
  /** Handed out no longer, but with something under way. */
  readonly #finishing = new Set<Courier>();
  #closed = false;

  constructor(setup: SharedCouriersSetup) {
    this.#setup = setup;
  }

  /** All that are open now. */
  async all(): Promise<SharedCourier[]> {
    const all = await Promise.allSettled(this.#shared.values());
    return all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  }

  /**
   * The connections for an app.
   *
   * @throws ConnectFailed, InvalidOption; the last error again while attempts with these credentials are held back
   * @throws Closed once it is closed
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

  /** A client uses it. */
  enter(shared: SharedCourier): void {
    shared.clients++;
    shared.idle?.cancel();
    shared.idle = undefined;
  }

  /** A client has given it back: without any, it is closed after a while. */
  leave(shared: SharedCourier): void {
    if (--shared.clients > 0 || this.#closed || !shared.courier.isOpen) return;
    shared.idle = this.#setup.clock.setTimer(() => {
      this.drop(shared, "idle");
      void this.#finish(shared.courier);
    }, this.#setup.idleTimeout);
    shared.idle.unref();
  }

  /** Hands it out no longer. */
  drop(shared: SharedCourier, reason: string): void {
    if (shared.left) return;
    shared.left = true;
    shared.idle?.cancel();
    shared.idle = undefined;
    this.#shared.delete(shared.key);
    const past = this.#pastOf(shared.key);
    past.auth = shared.courier.authorization.auth;
    // They did some work: what went wrong before them is over.
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
        // A server that refuses them at once is not called again and again.
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

  /** The past of these credentials, to be changed now. What is too old to matter is forgotten. */
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
    // Moved to the end, so that the oldest is always the first.
    this.#pasts.delete(key);
    for (const [oldest, { at }] of this.#pasts) {
      if (at >= now - LONGEST_TOKEN_LIFE && this.#pasts.size < MOST_PASTS) break;
      this.#pasts.delete(oldest);
    }
    this.#pasts.set(key, past);
    return past;
  }

  /** The credentials of before, with their provider token, if that is not too old. */
  #authOf(past: Past | undefined): Auth | undefined {
    const oldest = this.#setup.clock.now() - LONGEST_TOKEN_LIFE;
    return past !== undefined && past.at >= oldest ? past.auth : undefined;
  }

  /** Lets what is still under way finish: a client may have been closed before its notifications had ended. */
  async #finish(courier: Courier): Promise<void> {
    this.#finishing.add(courier);
    await courier.close({ drain: Number.POSITIVE_INFINITY });
    this.#finishing.delete(courier);
  }
}
