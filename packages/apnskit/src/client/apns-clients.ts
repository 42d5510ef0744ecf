import { EventEmitter } from "node:events";
import { type Clock, Closed, type CloseOptions, InvalidOption, systemClock, type Timer } from "@apnskit/pool";
import type { Environment } from "../credentials/apns-extensions.ts";
import type { Auth } from "../credentials/auth.ts";
import type { CertificateExpiry } from "../credentials/expiry-watch.ts";
import { LONGEST_TOKEN_LIFE } from "../credentials/token-lifecycle.ts";
import { type DeadToken, DeadTokens } from "../dead-tokens.ts";
import type { Notification } from "../notifications/notification.ts";
import type { AcceptedOutcome } from "../outcome.ts";
import { ApnsClient } from "./apns-client.ts";
import type { SendOptions } from "./call-options.ts";
import { type App, type AppOptions, type NetworkOptions, readApp, readNetwork } from "./client-options.ts";
import { type ApnsClientStats, Courier } from "./courier.ts";
import type { DeviceToken } from "./device-pushes.ts";
import type { EnvironmentName } from "./endpoints.ts";

/** What the `credentials` callback finds for an app. */
export interface AppCredentials extends AppOptions {
  /** Which of the two APNs the app's device tokens come from; `development` means `sandbox`. */
  readonly environment: EnvironmentName;
}

/** Where {@link ApnsClients} finds apps, and how it reaches APNs for all of them. */
export interface ApnsClientsOptions extends NetworkOptions {
  /**
   * Finds environment, credentials and topic of an app, for example in a database. It is asked once for all who want the
   * same app at a time, and again after its connections were closed; what it throws reaches them and is not remembered.
   */
  readonly credentials: (app: string) => AppCredentials | Promise<AppCredentials>;
  /** Milliseconds after which connections that nobody uses are closed. Default 600,000, from 0. */
  readonly idleTimeout?: number | undefined;
}

/** What {@link ApnsClients} emits. */
export interface ApnsClientsEvents {
  /** Connections for these credentials were opened; `credentials` names them without any secret. */
  opened: [environment: Environment, credentials: string];
  /** They were closed: `idle`, `close`, or why APNs refuses them. */
  closed: [environment: Environment, credentials: string, reason: string];
  /** APNs called a device token of one of the apps dead. */
  deadToken: [dead: DeadToken];
  /** A certificate in use has not long to live, or has expired. */
  certificateExpiry: [expiry: CertificateExpiry];
}

/** The figures of each set of connections. */
export interface ApnsClientsStats {
  /** Which of the two APNs they lead to. */
  readonly environment: Environment;
  /** Names the credentials without any secret. */
  readonly credentials: string;
  /** Clients that are open. */
  readonly clients: number;
  /** Of all clients that used these connections; its `deadTokens` are those of all connections. */
  readonly stats: ApnsClientStats;
}

/** Connections for one environment and one set of credentials. */
interface Shared {
  readonly key: string;
  readonly courier: Courier;
  /** Apps whose clients it has served. */
  readonly apps: Set<string>;
  /** Clients that are open. */
  clients: number;
  idle: Timer | undefined;
  /** Nobody gets it any more. */
  left: boolean;
}

/**
 * Clients of many apps, teams and environments in one process. Clients with the same environment and the same key or
 * certificate share connections and provider token, as APNs wants it ("Establishing a token-based connection to APNs");
 * connections are opened when they are first needed, and closed when nobody has used them for a while.
 */
export class ApnsClients extends EventEmitter<ApnsClientsEvents> {
  /** The tokens that APNs calls dead, of all apps. */
  readonly deadTokens = new DeadTokens();
  readonly #credentials: ApnsClientsOptions["credentials"];
  readonly #network: NetworkOptions;
  readonly #idleTimeout: number;
  readonly #clock: Clock;
  /** What is known of an app, or being found out. */
  readonly #apps = new Map<string, Promise<App>>();
  /** Connections that are open or being opened, by environment and credentials. */
  readonly #shared = new Map<string, Promise<Shared>>();
  /**
   * Credentials of connections that were closed. Should they be wanted again soon, their provider token has to be the
   * old one: APNs does not take a new one within 20 minutes.
   */
  readonly #retired = new Map<string, { readonly auth: Auth; readonly at: number }>();
  /** Connections that nobody gets any more, but that have something under way. */
  readonly #finishing = new Set<Courier>();
  #closed = false;

  /** @throws InvalidOption for options that cannot be; those of the network are checked with the first client */
  constructor(options: ApnsClientsOptions) {
    super();
    const { credentials, idleTimeout = 600_000, ...network } = options;
    if (typeof credentials !== "function") {
      throw new InvalidOption("credentials", `credentials must be a function, got ${typeof credentials}`);
    }
    if (!(typeof idleTimeout === "number" && idleTimeout >= 0)) {
      throw new InvalidOption(
        "idleTimeout",
        `idleTimeout must be milliseconds from 0, got ${String(idleTimeout)}`,
      );
    }
    this.#credentials = credentials;
    this.#network = network;
    this.#idleTimeout = idleTimeout;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * A client of an app. Close it when it is done with (or use `await using`, or {@link ApnsClients.with}): that gives its
   * connections back, and what it has under way goes on.
   *
   * @throws what `credentials` throws, and what `ApnsClient.open` throws
   */
  async open(app: string): Promise<ApnsClient> {
    for (;;) {
      if (this.#closed) throw new Closed("close", "unsent");
      const found = await this.#find(app);
      const shared = await this.#connections(found);
      if (this.#closed) throw new Closed("close", "unsent");
      shared.apps.add(app);
      if (shared.courier.isOpen) return this.#client(shared, found.topic);
      // Closed meanwhile, perhaps because APNs refuses the credentials: there may be new ones.
      this.#leave(shared, "close");
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

  /** Sends one notification; see {@link ApnsClient.send}. @throws what {@link ApnsClients.open} and `send` throw */
  send(
    app: string,
    token: DeviceToken,
    notification: Notification,
    options?: SendOptions,
  ): Promise<AcceptedOutcome> {
    return this.with(app, (apns) => apns.send(token, notification, options));
  }

  /** Has the credentials of an app fetched anew for the next client. Clients that are open keep theirs. */
  forget(app: string): void {
    this.#apps.delete(app);
  }

  /** Of all connections that are open now. */
  async stats(): Promise<ApnsClientsStats[]> {
    const all = await Promise.allSettled(this.#shared.values());
    return all.flatMap((one) => {
      if (one.status === "rejected") return [];
      const { courier, clients } = one.value;
      const { environment, authorization } = courier;
      return [{ environment, credentials: authorization.auth.id, clients, stats: courier.stats() }];
    });
  }

  /** Closes all; see {@link ApnsClient.close}. */
  async close(options?: CloseOptions): Promise<void> {
    this.#closed = true;
    const all = await Promise.allSettled(this.#shared.values());
    await Promise.all(
      all.map(async (one) => {
        if (one.status === "rejected") return;
        this.#leave(one.value, "close");
        await one.value.courier.close(options);
      }),
    );
    await Promise.all([...this.#finishing].map((courier) => courier.close(options)));
    this.deadTokens.close();
  }

  /** As {@link ApnsClients.close} without `drain`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #find(name: string): Promise<App> {
    const known = this.#apps.get(name);
    if (known !== undefined) return known;
    const finding = (async () => readApp(await this.#credentials(name)))();
    this.#apps.set(name, finding);
    finding.catch(() => {
      if (this.#apps.get(name) === finding) this.#apps.delete(name);
    });
    return finding;
  }

  #connections(app: App): Promise<Shared> {
    const key = `${app.environment} ${app.auth.id}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const opening = this.#connect(key, { ...app, auth: this.#authOf(key, app.auth) });
    this.#shared.set(key, opening);
    opening.catch(() => {
      if (this.#shared.get(key) === opening) this.#shared.delete(key);
    });
    return opening;
  }

  async #connect(key: string, app: App): Promise<Shared> {
    const courier = await Courier.open(app, readNetwork(this.#network, app), this.deadTokens);
    const { environment } = courier;
    const { id } = app.auth;
    const shared: Shared = { key, courier, apps: new Set(), clients: 0, idle: undefined, left: false };
    courier.on("deadToken", (dead) => this.emit("deadToken", dead));
    courier.on("certificateExpiry", (expiry) => this.emit("certificateExpiry", expiry));
    courier.on("closed", (reason, service) => {
      if (service !== "push") return;
      this.#leave(shared, reason);
      void courier.close();
    });
    this.emit("opened", environment, id);
    return shared;
  }

  /** The provider token of before, if there was one not long ago. */
  #authOf(key: string, auth: Auth): Auth {
    const oldest = this.#clock.now() - LONGEST_TOKEN_LIFE;
    for (const [name, { at }] of this.#retired) if (at < oldest) this.#retired.delete(name);
    return this.#retired.get(key)?.auth ?? auth;
  }

  #client(shared: Shared, topic: string | undefined): ApnsClient {
    shared.clients++;
    shared.idle?.cancel();
    shared.idle = undefined;
    let open = true;
    return new ApnsClient({
      courier: shared.courier,
      topic,
      close: async () => {
        if (!open) return;
        open = false;
        if (--shared.clients === 0) this.#waitForIdle(shared);
      },
    });
  }

  #waitForIdle(shared: Shared): void {
    if (this.#closed || !shared.courier.isOpen) return;
    shared.idle = this.#clock.setTimer(() => {
      this.#leave(shared, "idle");
      void this.#finish(shared.courier);
    }, this.#idleTimeout);
    shared.idle.unref();
  }

  /** Lets what is still under way finish: somebody may have closed a client before its notifications had ended. */
  async #finish(courier: Courier): Promise<void> {
    this.#finishing.add(courier);
    await courier.close({ drain: Number.POSITIVE_INFINITY });
    this.#finishing.delete(courier);
  }

  /** Takes connections out, and what is known of the apps that stood on them. */
  #leave(shared: Shared, reason: string): void {
    if (shared.left) return;
    shared.left = true;
    shared.idle?.cancel();
    shared.idle = undefined;
    this.#shared.delete(shared.key);
    for (const app of shared.apps) this.#apps.delete(app);
    const { environment, authorization } = shared.courier;
    this.#retired.set(shared.key, { auth: authorization.auth, at: this.#clock.now() });
    this.emit("closed", environment, authorization.auth.id, reason);
  }
}
