import type { TLSSocket } from "node:tls";
import { type InspectOptions, inspect } from "node:util";
import {
  duration,
  type GuardedLogger,
  guardClock,
  guardLogger,
  rejectUnknown,
  requireObject,
} from "@apnskit/connection/internal";
import { ApnsClients, type Clock, type Timer } from "apnskit";
import { type App, appCredentials } from "./apps/app.ts";
import { chooseApp } from "./apps/app-choice.ts";
import { type ClientCertificate, readClientCertificate } from "./apps/client-certificate.ts";
import { PAYLOAD_LIMIT, VOIP_PAYLOAD_LIMIT } from "./codec/limits.ts";
import { FeedbackConnection, type FeedbackService } from "./feedback/feedback-connection.ts";
import { FeedbackStore } from "./feedback/feedback-store.ts";
import type { AppStats, GatewayStats } from "./gateway-stats.ts";
import { Listener, type ListenerAddress } from "./listeners/listener.ts";
import { UnreadConnections } from "./listeners/unread-connections.ts";
import { type GatewaySettings, type LegacyGatewayOptions, readOptions } from "./options.ts";
import { Overlaps } from "./push/overlaps.ts";
import { PushConnection } from "./push/push-connection.ts";
import type { PushService } from "./push/push-service.ts";
import { pushTypeOfTopic } from "./push/push-type.ts";
import { type KeptMemory, Repetitions } from "./push/repetitions.ts";
import { Translation } from "./push/translation.ts";
import { Upstream } from "./push/upstream.ts";
import { newAppCounts } from "./report/app-counts.ts";
import { ClientCensus, type ClientRecord } from "./report/client-census.ts";
import { StateFolder } from "./state-folder.ts";

/** Options of {@link LegacyGateway.close}. */
export interface GatewayCloseOptions {
  /** Milliseconds to wait for the answers of notifications in flight. Default 5,000, from 0. */
  readonly drain?: number | undefined;
}

/** Files of the state folder. */
const FEEDBACK_FILE = "feedback.ndjson";
const MEMORY_FILE = "absorbable.json";
const CLIENTS_FILE = "clients.json";

const DEFAULT_DRAIN = 5_000;
/** Milliseconds that clients have at the end to read their last packet. */
const LAST_LINGER = 1_000;
/** Milliseconds between two checks for changes of the report. */
const REPORT_INTERVAL = 60_000;

/**
 * Serves clients of Apple's binary provider protocol, which was switched off in 2021, over HTTP/2: pushes with their error
 * packets, and the feedback service.
 */
export class LegacyGateway {
  readonly #settings: GatewaySettings;
  readonly #clock: Clock;
  readonly #logger: GuardedLogger;
  readonly #folder: StateFolder | undefined;
  readonly #feedback: FeedbackStore;
  readonly #clients: ApnsClients;
  readonly #census = new ClientCensus();
  readonly #services: ReadonlyMap<App, PushService>;
  readonly #feedbackServices: ReadonlyMap<App, FeedbackService>;
  readonly #listeners: readonly Listener[];
  readonly #pushes = new Set<PushConnection>();
  readonly #readers = new Set<FeedbackConnection>();
  #refusedClients = 0;
  #reportTimer: Timer | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;
  /** Called when a connection has closed or a push has its verdict, while `close` waits. */
  #onProgress: (() => void) | undefined = undefined;

  private constructor(parts: GatewayParts) {
    const { settings, folder, feedback, clock, logger } = parts;
    this.#settings = settings;
    this.#clock = clock;
    this.#logger = logger;
    this.#folder = folder;
    this.#feedback = feedback;
    const byName = new Map(settings.apps.map((app) => [app.name, app]));
    this.#clients = new ApnsClients({
      ...settings.upstream,
      timeout: settings.upstreamTimeout,
      clock: settings.upstream.clock ?? clock,
      logger: settings.upstream.logger ?? parts.givenLogger,
      credentials: (name) => appCredentials(byName.get(name)!),
    });
    this.#services = new Map(settings.apps.map((app) => [app, this.#serviceOf(app)]));
    this.#feedbackServices = new Map(settings.apps.map((app) => [app, this.#feedbackServiceOf(app)]));
    this.#listeners = settings.listeners.map(
      (setup) => new Listener(setup, logger, (socket, listener) => this.#onConnection(socket, listener)),
    );
  }

  /**
   * Starts a gateway; resolves when it listens on all its ports. It connects to APNs for the first client of
   * each app.
   *
   * @throws InvalidOption for invalid options, InvalidCredentials for missing or unusable credentials
   * @throws GatewayStateFailed for a state folder that cannot be used, or is in use
   * @throws GatewayListenFailed for a port that is taken, or not allowed
   */
  static async open(options: LegacyGatewayOptions): Promise<LegacyGateway> {
    const settings = readOptions(options);
    const clock = guardClock(options.clock);
    const logger = guardLogger(options.logger);
    const folder = settings.stateFolder === undefined ? undefined : new StateFolder(settings.stateFolder);
    let gateway: LegacyGateway;
    try {
      const feedback = await FeedbackStore.open(folder?.file(FEEDBACK_FILE), settings.maxFeedback);
      const givenLogger = options.logger;
      gateway = new LegacyGateway({ settings, folder, feedback, clock, logger, givenLogger });
      gateway.#restore();
    } catch (error) {
      folder?.unlock();
      throw error;
    }
    try {
      for (const listener of gateway.#listeners) await listener.listen();
    } catch (error) {
      await gateway.close({ drain: 0 });
      throw error;
    }
    gateway.#watchReport();
    return gateway;
  }

  /** The addresses that it listens on, in the order of the options; empty once it is closing. */
  get addresses(): ListenerAddress[] {
    return this.#listeners.flatMap(({ address }) => address ?? []);
  }

  /** The current figures. */
  stats(): GatewayStats {
    const sum = (figure: (listener: Listener) => number): number =>
      this.#listeners.reduce((total, listener) => total + figure(listener), 0);
    return {
      pushConnections: this.#pushes.size,
      feedbackConnections: this.#readers.size,
      refusedClients: this.#refusedClients,
      failedHandshakes: sum(({ failedHandshakes }) => failedHandshakes),
      droppedConnections: sum(({ dropped }) => dropped),
      apps: [...this.#services.values()].map((service) => this.#statsOf(service)),
    };
  }

  /** The clients that still use the binary protocol, and their commands: busiest first, at most 10,000. */
  report(): ClientRecord[] {
    return this.#census.report();
  }

  /**
   * Stops: takes no more connections and notifications, waits for answers to notifications in flight, sends
   * each client status 10 with its last accepted notification, and closes. No notification is lost: each one
   * is accepted, reported, or sent again by its client. May be called again; the first call counts.
   *
   * @throws InvalidOption for options that cannot be
   * @throws GatewayStateFailed when the state could not be written; everything else is closed
   */
  async close(options: GatewayCloseOptions = {}): Promise<void> {
    requireObject("options", options);
    rejectUnknown(options, ["drain"]);
    const drain = duration("drain", options.drain, DEFAULT_DRAIN);
    this.#closing ??= this.#close(drain);
    await this.#closing;
  }

  /** As {@link LegacyGateway.close} without options: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal One line: what is open, and the names of the apps. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { pushConnections, feedbackConnections, apps } = this.stats();
    const shown = { pushConnections, feedbackConnections, apps: apps.map(({ app }) => app) };
    return `LegacyGateway ${inspect(shown, { ...options, breakLength: Number.POSITIVE_INFINITY, compact: true })}`;
  }

  async #close(drain: number): Promise<void> {
    this.#reportTimer?.cancel();
    for (const listener of this.#listeners) listener.close();
    for (const connection of this.#pushes) connection.stop();
    for (const { upstream } of this.#services.values()) upstream.stop();
    await this.#within(drain, () => this.#underWay() === 0);
    // Notifications still in flight get their verdicts here, so the last packets are right.
    await this.#clients.close();
    for (const { upstream } of this.#services.values()) await upstream.close();
    await this.#within(LAST_LINGER, () => this.#pushes.size + this.#readers.size === 0);
    for (const connection of [...this.#pushes, ...this.#readers]) connection.destroy();
    await this.#within(LAST_LINGER, () => this.#pushes.size + this.#readers.size === 0);
    await this.#save();
  }

  /** Waits until a condition on connections and verdicts holds, but at most for a time. */
  async #within(time: number, holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(resolve, time);
      this.#onProgress = () => {
        if (!holds()) return;
        timer.cancel();
        resolve();
      };
    });
    this.#onProgress = undefined;
  }

  #underWay(): number {
    return [...this.#services.values()].reduce((sum, { upstream }) => sum + upstream.underWay, 0);
  }

  #onConnection(socket: TLSSocket, listener: Listener): void {
    const { service, scope } = listener.setup;
    const x509 = scope.admitsAnyone ? undefined : socket.getPeerX509Certificate();
    const certificate = x509 === undefined ? undefined : readClientCertificate(x509);
    const choice = chooseApp(this.#settings.apps, scope, { certificate, isAuthorized: socket.authorized });
    if ("refusal" in choice || this.#closing !== undefined) {
      const reason = "refusal" in choice ? choice.refusal : "the gateway stops";
      this.#refuseClient(socket, service, reason, certificate);
      return;
    }
    const { app } = choice;
    const client = this.#recordOf(app, socket, service, certificate);
    const push = this.#services.get(app)!;
    if (service === "push") {
      const connection: PushConnection = new PushConnection(socket, push, client, () => {
        this.#pushes.delete(connection);
        this.#onProgress?.();
      });
      this.#pushes.add(connection);
      return;
    }
    const reader: FeedbackConnection = new FeedbackConnection(
      socket,
      this.#feedbackServices.get(app)!,
      () => {
        this.#readers.delete(reader);
        this.#onProgress?.();
      },
    );
    this.#readers.add(reader);
  }

  #refuseClient(socket: TLSSocket, service: string, reason: string, certificate?: ClientCertificate): void {
    this.#refusedClients++;
    const { commonName, fingerprint } = certificate ?? {};
    const address = socket.remoteAddress;
    this.#logger.warn({ service, address, client: commonName, fingerprint, reason }, "legacy client refused");
    socket.on("error", () => {});
    socket.destroy();
  }

  #recordOf(
    app: App,
    socket: TLSSocket,
    service: "push" | "feedback",
    certificate?: ClientCertificate,
  ): ClientRecord {
    const { fingerprint, commonName } = certificate ?? {};
    const identity = {
      app: app.name,
      address: socket.remoteAddress ?? "unknown",
      ...(fingerprint !== undefined && { fingerprint }),
      ...(commonName !== undefined && { commonName }),
    };
    return this.#census.connected(identity, service, socket.getProtocol() ?? "unknown", this.#clock.epoch());
  }

  #serviceOf(app: App): PushService {
    const { maxUnderWay, upstreamTimeout, absorbFor, maxAbsorbable, limits, payloadLimit } = this.#settings;
    const counts = newAppCounts();
    const clock = this.#clock;
    const logger = this.#logger;
    const upstream = new Upstream({
      app,
      clients: this.#clients,
      feedback: this.#feedback,
      counts,
      maxUnderWay,
      timeout: upstreamTimeout,
      clock,
      random: Math.random,
      logger,
      onVerdict: () => this.#onProgress?.(),
    });
    return {
      app,
      upstream,
      translation: new Translation(app.topic, app.pushType, clock),
      repetitions: new Repetitions(clock, absorbFor, maxAbsorbable),
      overlaps: new Overlaps(clock, limits.absorbAfterReset ? absorbFor : 0, maxAbsorbable),
      unread: new UnreadConnections(),
      counts,
      census: this.#census,
      clock,
      logger,
      limits: { ...limits, payloadLimit: payloadLimit ?? payloadLimitOf(app) },
    };
  }

  #feedbackServiceOf(app: App): FeedbackService {
    return {
      app,
      store: this.#feedback,
      unread: new UnreadConnections(),
      clock: this.#clock,
      logger: this.#logger,
      timeout: this.#settings.limits.lingerTimeout,
    };
  }

  #statsOf({ app, counts, upstream, repetitions }: PushService): AppStats {
    return {
      app: app.name,
      ...counts,
      received: { ...counts.received },
      refused: { ...counts.refused },
      underWay: upstream.underWay,
      absorbable: repetitions.size,
      displaced: repetitions.displaced,
      feedback: this.#feedback.countsOf(app.name),
    };
  }

  #restore(): void {
    const folder = this.#folder;
    if (folder === undefined) return;
    this.#census.restore(folder.read(CLIENTS_FILE));
    const memories = folder.read(MEMORY_FILE) as Record<string, KeptMemory[]> | undefined;
    for (const { app, repetitions } of this.#services.values())
      repetitions.restore(memories?.[app.name] ?? []);
    // After a crash, this process's memories are gone; memories of an earlier process must not come back.
    folder.remove(MEMORY_FILE);
  }

  async #save(): Promise<void> {
    try {
      await this.#feedback.close();
      const services = [...this.#services.values()];
      const memories = services.map(({ app, repetitions }) => [app.name, repetitions.keep()] as const);
      this.#folder?.write(MEMORY_FILE, Object.fromEntries(memories));
      this.#folder?.write(CLIENTS_FILE, this.#census.report());
    } finally {
      this.#folder?.unlock();
    }
  }

  /** The report survives a crash, except for the last minute. */
  #watchReport(): void {
    const folder = this.#folder;
    if (folder === undefined) return;
    this.#reportTimer = this.#clock.setTimer(() => {
      try {
        if (this.#census.takeChanged()) folder.write(CLIENTS_FILE, this.#census.report());
      } catch (err) {
        this.#logger.error({ err }, "the report cannot be written");
      }
      this.#watchReport();
    }, REPORT_INTERVAL);
    this.#reportTimer.unref();
  }
}

function payloadLimitOf({ topic, pushType = pushTypeOfTopic(topic) }: App): number {
  return pushType === "voip" ? VOIP_PAYLOAD_LIMIT : PAYLOAD_LIMIT;
}

interface GatewayParts {
  readonly settings: GatewaySettings;
  readonly folder: StateFolder | undefined;
  readonly feedback: FeedbackStore;
  readonly clock: Clock;
  readonly logger: GuardedLogger;
  readonly givenLogger: LegacyGatewayOptions["logger"];
}
