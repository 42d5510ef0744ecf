import { EventEmitter } from "node:events";
import { announce, duration, guardClock, integer } from "@apnskit/connection/internal";
import { Closed, type CloseOptions, InvalidOption } from "@apnskit/pool";
import { readRandom } from "@apnskit/pool/internal";
import type { Environment } from "../credentials/apns-extensions.ts";
import type { CertificateExpiry } from "../credentials/expiry-watch.ts";
import { type DeadToken, DeadTokens } from "../dead-tokens.ts";
import type { Notification } from "../notifications/notification.ts";
import type { AcceptedOutcome } from "../outcome.ts";
import { ApnsClient } from "./apns-client.ts";
import { AppDirectory, type FindCredentials } from "./app-directory.ts";
import { checkCloseOptions, type SendOptions } from "./call-options.ts";
import type { NetworkOptions } from "./client-options.ts";
import type { ApnsClientStats, Courier } from "./courier.ts";
import type { DeviceToken } from "./device-pushes.ts";
import { type SharedCourier, SharedCouriers } from "./shared-couriers.ts";

/** How {@link ApnsClients} finds apps, and how it reaches APNs for all of them. */
export interface ApnsClientsOptions extends NetworkOptions {
  /**
   * Finds environment, credentials and topic of an app, for example in a database. Concurrent requests for
   * the same app share one call. It is called again after the app's connections were closed. An error that it
   * throws reaches all waiting callers and is not remembered.
   */
  readonly credentials: FindCredentials;
  /**
   * How often `credentials` is called again after an error, with growing waits from 100 ms. A `TypeError` (a
   * mistake of the program) and errors of this library are not retried. Default 2, 0 … 100.
   */
  readonly credentialsRetries?: number | undefined;
  /** Milliseconds after which unused connections are closed. Default 600,000, from 0. */
  readonly idleTimeout?: number | undefined;
}

/** The most app names that a set of connections remembers, and the most that are remembered in total. */
const MOST_APPS = 10_000;

function noteApp({ apps }: SharedCourier, app: string): void {
  if (apps.size >= MOST_APPS && !apps.has(app)) apps.delete(apps.values().next().value!);
  apps.add(app);
}

/** The events of {@link ApnsClients}. */
export interface ApnsClientsEvents {
  /** Connections for these credentials were opened; `credentials` identifies them without any secret. */
  opened: [environment: Environment, credentials: string];
  /** These connections were closed: `idle`, `close`, or the reason why APNs refuses the credentials. */
  closed: [environment: Environment, credentials: string, reason: string];
  /** APNs called a device token of one of the apps dead. */
  deadToken: [dead: DeadToken];
  /** A certificate in use expires soon, or has expired. */
  certificateExpiry: [expiry: CertificateExpiry];
}

/** The figures of each set of connections. */
export interface ApnsClientsStats {
  /** The environment of the connections. */
  readonly environment: Environment;
  /** Identifies the credentials without any secret. */
  readonly credentials: string;
  /** Clients that are open. */
  readonly clients: number;
  /** The figures of all clients that used these connections; `deadTokens` covers all connections. */
  readonly stats: ApnsClientStats;
}

/**
 * Clients of many apps, teams and environments in one process. Clients with the same environment and the same
 * key or certificate share connections and provider token, as APNs asks ("Establishing a token-based
 * connection to APNs"). Connections are opened when first needed, and closed when no client has used them for
 * a while.
 */
export class ApnsClients extends EventEmitter<ApnsClientsEvents> {
  /** The tokens of all apps that APNs calls dead. */
  readonly deadTokens = new DeadTokens();
  readonly #apps: AppDirectory;
  readonly #couriers: SharedCouriers;
  #closed = false;

  /** @throws InvalidOption for invalid options; network options are checked when the first client opens */
  constructor(options: ApnsClientsOptions) {
    super();
    const { credentials, idleTimeout, credentialsRetries, ...network } = options;
    if (typeof credentials !== "function") {
      throw new InvalidOption(
        "credentials",
        `credentials must be a function; received ${typeof credentials}`,
      );
    }
    const clock = guardClock(options.clock);
    const random = readRandom(options.random);
    const retries = integer("credentialsRetries", credentialsRetries, 2, 0, 100);
    this.#apps = new AppDirectory(credentials, retries, clock, random);
    this.#couriers = new SharedCouriers({
      network,
      idleTimeout: duration("idleTimeout", idleTimeout, 600_000),
      clock,
      random,
      deadTokens: this.deadTokens,
      onOpened: (courier) => this.#onOpened(courier),
      onLeft: (shared, reason) => this.#onLeft(shared, reason),
    });
  }

  /**
   * Opens a client of an app. Close the client after use (or use `await using`, or {@link ApnsClients.with}).
   * Closing it returns its connections; notifications under way continue.
   *
   * While APNs is unreachable or refuses the credentials, attempts with the same credentials are held back as
   * a pool holds back its connections. Until the next attempt, the last error is thrown.
   *
   * @throws the errors of `credentials` and of `ApnsClient.open`
   */
  async open(app: string): Promise<ApnsClient> {
    for (;;) {
      if (this.#closed) throw new Closed("close", "unsent");
      const found = await this.#apps.find(app);
      const shared = await this.#couriers.of(found).catch((error) => {
        // The next call may find new credentials.
        this.#apps.forget(app);
        throw error;
      });
      if (this.#closed) throw new Closed("close", "unsent");
      noteApp(shared, app);
      if (shared.courier.isOpen) return this.#client(shared, found.topic);
      // Closed meanwhile, perhaps because APNs refuses the credentials. There may be new ones.
      this.#couriers.drop(shared, "close");
    }
  }

  /** Opens a client for the time that `use` takes. */
  async with<Result>(app: string, use: (apns: ApnsClient) => Result | Promise<Result>): Promise<Result> {
    const apns = await this.open(app);
    try {
      return await use(apns);
    } finally {
      await apns.close();
    }
  }

  /**
   * Sends one notification; see {@link ApnsClient.send}. @throws errors of {@link ApnsClients.open} and
   * `send`
   */
  send(
    app: string,
    token: DeviceToken,
    notification: Notification,
    options?: SendOptions,
  ): Promise<AcceptedOutcome> {
    return this.with(app, (apns) => apns.send(token, notification, options));
  }

  /** Fetches the credentials of an app anew for the next client. Open clients keep theirs. */
  forget(app: string): void {
    this.#apps.forget(app);
  }

  /** The figures of all open connections. */
  async stats(): Promise<ApnsClientsStats[]> {
    const all = await this.#couriers.all();
    return all.map(({ courier, clients }) => {
      const { environment, authorization } = courier;
      return { environment, credentials: authorization.auth.id, clients, stats: courier.stats() };
    });
  }

  /** Closes all connections; see {@link ApnsClient.close}. */
  async close(options?: CloseOptions): Promise<void> {
    checkCloseOptions(options);
    this.#closed = true;
    this.#apps.close();
    await this.#couriers.close(options);
    this.deadTokens.close();
  }

  /** As {@link ApnsClients.close} without `drain`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #onOpened(courier: Courier): void {
    courier.on("deadToken", (dead) => announce(this, "deadToken", dead));
    courier.on("certificateExpiry", (expiry) => announce(this, "certificateExpiry", expiry));
    announce(this, "opened", courier.environment, courier.authorization.auth.id);
  }

  #onLeft({ courier, apps }: SharedCourier, reason: string): void {
    for (const app of apps) this.#apps.forget(app);
    announce(this, "closed", courier.environment, courier.authorization.auth.id, reason);
  }

  #client(shared: SharedCourier, topic: string | undefined): ApnsClient {
    this.#couriers.enter(shared);
    let open = true;
    return new ApnsClient({
      courier: shared.courier,
      topic,
      close: async () => {
        if (!open) return;
        open = false;
        this.#couriers.leave(shared);
      },
    });
  }
}
