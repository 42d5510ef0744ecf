import { EventEmitter } from "node:events";
import {
  announce,
  type GuardedLogger,
  guardClock,
  guardLogger,
  printable,
  turnTime,
} from "@apnskit/connection/internal";
import {
  type Clock,
  type CloseOptions,
  type ConnectFailed,
  InvalidOption,
  Pool,
  type PoolOptions,
  type PoolStats,
} from "@apnskit/pool";
import { readRandom } from "@apnskit/pool/internal";
import type { Environment } from "../credentials/apns-extensions.ts";
import { Certificate } from "../credentials/certificate.ts";
import { type CertificateExpiry, watchExpiry } from "../credentials/expiry-watch.ts";
import { type DeadToken, DeadTokens, type DeadTokensStats } from "../dead-tokens.ts";
import type { AcceptedOutcome, Outcome } from "../outcome.ts";
import { OutcomeSummary, type SummaryCounts } from "../summary.ts";
import { abbreviatedToken } from "../token-text.ts";
import { Authorization, type TokenRenewal } from "./authorization.ts";
import type { App, Network } from "./client-options.ts";
import type { Endpoints } from "./endpoints.ts";
import { FailureLog } from "./failure-log.ts";
import type { RequestTemplate } from "./request-template.ts";
import { ServiceRequest, type ServiceResult } from "./service-request.ts";
import { Topics } from "./topics.ts";

/** The three services of APNs; each has separate connections. */
export type Service = "push" | "broadcast" | "management";

/** The events of an `ApnsClient`. With `ApnsClients`, each client that shares the connections gets them. */
export interface ApnsClientEvents {
  /** A connection takes requests. */
  connected: [service: Service];
  /** A connection takes no more requests; the reason as in `Closed`. */
  disconnected: [reason: string, service: Service];
  /** An attempt to connect failed; more will be made. */
  connectFailed: [error: ConnectFailed, service: Service];
  /**
   * The connections of a service have ended for good: `close` was called, or APNs refuses the credentials.
   */
  closed: [reason: string, service: Service];
  /** APNs called a device token dead. */
  deadToken: [dead: DeadToken];
  /** A new provider token replaced the previous one. */
  tokenRenewed: [renewal: TokenRenewal];
  /** The certificate expires soon, or has expired. */
  certificateExpiry: [expiry: CertificateExpiry];
}

/** The figures of a client at one moment. */
export interface ApnsClientStats {
  /** Connections and requests for device pushes. */
  readonly push: PoolStats;
  /** Connections and requests for broadcasts; absent until the first. */
  readonly broadcast?: PoolStats;
  /** Connections and requests for channel management; absent until the first. */
  readonly management?: PoolStats;
  /** The outcomes of the notifications so far. */
  readonly outcomes: SummaryCounts;
  /** The state of the `deadTokens` buffer; with `ApnsClients`, of the shared buffer. */
  readonly deadTokens: DeadTokensStats;
}

/** The most bytes of a channel management answer. A list of 10,000 channels, Apple's maximum, is smaller. */
const CHANNEL_LIST = 1_048_576;

/** A time limit below this many milliseconds probably was meant in seconds. */
const SHORT_TIMEOUT = 1_000;

/** Brings requests to APNs for one environment and set of credentials. Clients of many topics share it. */
export class Courier extends EventEmitter<ApnsClientEvents> {
  readonly environment: Environment;
  readonly authorization: Authorization;
  readonly deadTokens: DeadTokens;
  readonly topics = new Topics();
  readonly clock: Clock;
  /** The clock as read once in this turn of the event loop, for values that each push needs. */
  readonly turnTime: Pick<Clock, "now" | "epoch">;
  readonly logger: GuardedLogger;
  /** The default time limit of a call, in milliseconds. */
  readonly timeout: number | undefined;
  readonly #endpoints: Endpoints;
  readonly #network: Network;
  readonly #ownsDeadTokens: boolean;
  readonly #pools = new Map<Service, Pool>();
  readonly #summary = new OutcomeSummary();
  readonly #failures: FailureLog;
  #expiryWatch: { stop(): void } | undefined;
  #closed = false;

  private constructor(app: App, network: Network, deadTokens: DeadTokens | undefined) {
    super();
    // Each client that shares the courier adds one listener.
    this.setMaxListeners(0);
    const { pool } = network;
    this.environment = app.environment;
    this.clock = guardClock(pool.clock);
    this.turnTime = turnTime(this.clock);
    this.logger = guardLogger(pool.logger).with({ environment: app.environment, credentials: app.auth.id });
    this.#failures = new FailureLog(this.logger, app.environment);
    this.timeout = network.timeout;
    this.deadTokens = deadTokens ?? new DeadTokens();
    this.#ownsDeadTokens = deadTokens === undefined;
    this.#endpoints = network.endpoints;
    this.#network = { ...network, pool: { ...pool, logger: this.logger } };
    this.authorization = new Authorization({
      auth: app.auth,
      random: readRandom(pool.random),
      logger: this.logger,
      onRenewal: (renewal) => this.#announce("tokenRenewed", renewal),
    });
  }

  /**
   * Opens it and waits for its first connection.
   *
   * @param options.deadTokens a feed to share; by default the courier makes one
   * @param options.wait false: does not wait; the pool keeps trying to connect
   * @throws InvalidOption, ConnectFailed
   */
  static async open(
    app: App,
    network: Network,
    { deadTokens, wait = true }: { deadTokens?: DeadTokens; wait?: boolean } = {},
  ): Promise<Courier> {
    const courier = new Courier(app, network, deadTokens);
    const { push } = network.endpoints;
    // The connections are opened for this topic. A later topic may need fresh connections.
    if (app.topic !== undefined) courier.topics.used(app.topic, courier.clock.now());
    const { pool } = courier.#network;
    courier.#adopt("push", wait ? await Pool.open(push, pool) : new Pool(push, pool));
    courier.#warn();
    try {
      courier.#watchCertificate(network.warnBefore);
    } catch (error) {
      await courier.close();
      throw error;
    }
    return courier;
  }

  /** False if it was closed, or if APNs refuses the credentials. */
  get isOpen(): boolean {
    return !this.#closed && this.pool("push").state === "open";
  }

  /**
   * The connections to a service. Those for broadcasts and channel management are opened when first needed.
   *
   * @throws InvalidOption when the options name no host for channel management
   */
  pool(service: Service): Pool {
    const known = this.#pools.get(service);
    if (known !== undefined) return known;
    const origin = this.#endpoints[service];
    if (origin === undefined) {
      throw new InvalidOption("managementOrigin", "with origin, channels need managementOrigin as well");
    }
    // This service gets few requests: one connection is enough.
    const pool = new Pool(origin, { ...this.#network.pool, size: 1, limits: this.#limitsOf(service) });
    if (this.#closed) void pool.close();
    this.#adopt(service, pool);
    return pool;
  }

  /**
   * Sends one request to a service and resolves when it has ended.
   *
   * @param own headers of this request alone
   * @throws InvalidOption when the options name no host for channel management
   * @throws InvalidRequest for invalid limits
   */
  request(
    service: Service,
    template: RequestTemplate,
    path: string,
    own: Readonly<Record<string, string>> | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ServiceResult> {
    return new Promise((resolve) => {
      const request = new ServiceRequest(this, template, path, own, resolve);
      request.submitTo(this.pool(service), signal);
    });
  }

  /** Records the outcome of a notification. */
  record(outcome: Outcome, topic: string | undefined): void {
    this.#summary.add(outcome);
    const now = this.turnTime.now();
    if (outcome.result === "accepted") {
      // A broadcast says nothing about device tokens.
      if (topic !== undefined && outcome.token !== undefined) this.topics.accepted(topic, now);
      if (this.logger.isEnabled("trace")) this.#logAccepted(outcome, topic);
      return;
    }
    const isBadToken = outcome.result === "rejected" && outcome.advice === "check-environment";
    const badTokens = isBadToken && topic !== undefined ? this.topics.badToken(topic, now) : 0;
    this.#failures.note(outcome, topic, badTokens, now);
    if (this.logger.isEnabled("debug")) this.#logFailure(outcome, topic);
    if (!outcome.tokenIsDead || outcome.token === undefined || topic === undefined) return;
    const { token, given, reason, timestamp, duration } = outcome;
    const dead: DeadToken = {
      token,
      ...(given !== undefined && { given }),
      topic,
      environment: this.environment,
      reason,
      ...(timestamp !== undefined && { timestamp }),
      sentAt: this.clock.epoch() - duration,
    };
    this.deadTokens.report(dead);
    this.#announce("deadToken", dead);
  }

  stats(): ApnsClientStats {
    const pools = Object.fromEntries([...this.#pools].map(([service, pool]) => [service, pool.stats()]));
    return {
      ...(pools as Pick<ApnsClientStats, Service>),
      outcomes: this.#summary.counts(),
      deadTokens: this.deadTokens.stats(),
    };
  }

  async close(options?: CloseOptions): Promise<void> {
    this.#closed = true;
    this.#expiryWatch?.stop();
    const closing = [...this.#pools.values()].map((pool) => pool.close(options));
    await Promise.all(closing);
    if (this.#ownsDeadTokens) this.deadTokens.close();
  }

  #adopt(service: Service, pool: Pool): void {
    this.#pools.set(service, pool);
    pool.on("connected", () => this.#announce("connected", service));
    pool.on("disconnected", (reason) => this.#announce("disconnected", reason, service));
    pool.on("connectFailed", (error) => this.#announce("connectFailed", error, service));
    pool.on("closed", (reason) => this.#announce("closed", reason, service));
  }

  #limitsOf(service: Service): NonNullable<PoolOptions["limits"]> {
    const { limits = {} } = this.#network.pool;
    return service === "management"
      ? { ...limits, maxBodyLength: limits.maxBodyLength ?? CHANNEL_LIST }
      : limits;
  }

  /** Warns of probable mistakes. */
  #warn(): void {
    for (const warning of this.authorization.auth.warnings) this.logger.warn({}, warning);
    if (this.timeout === undefined || this.timeout >= SHORT_TIMEOUT) return;
    const { timeout } = this;
    this.logger.warn({ timeout }, `timeout is ${timeout} milliseconds: is it meant to be seconds?`);
  }

  #watchCertificate(warnBefore: number | undefined): void {
    const { auth } = this.authorization;
    if (!(auth instanceof Certificate)) return;
    const watch = (): void => {
      this.#expiryWatch = watchExpiry(auth, {
        ...(warnBefore !== undefined && { warnBefore }),
        clock: this.clock,
        onExpiry: (expiry) => {
          const { type, notAfter } = expiry;
          this.logger.warn(
            { certificate: printable(auth.commonName ?? ""), notAfter },
            `certificate ${type}`,
          );
          this.#announce("certificateExpiry", expiry);
        },
      });
    };
    // Delayed, since the caller can add a listener only when the client exists.
    const first = this.clock.setTimer(watch, 0);
    first.unref();
    this.#expiryWatch = { stop: () => first.cancel() };
  }

  #logFailure(outcome: Exclude<Outcome, { result: "accepted" }>, topic: string | undefined): void {
    const { token, apnsId, attempts } = outcome;
    const what =
      outcome.result === "rejected" ? { status: outcome.status, reason: outcome.reason } : outcome.error;
    const shown = token === undefined ? undefined : abbreviatedToken(token);
    this.logger.debug({ token: shown, topic, apnsId, attempts, ...what }, outcome.result);
  }

  #logAccepted(
    { token, apnsId, uniqueId, attempts, duration, status }: AcceptedOutcome,
    topic?: string,
  ): void {
    const shown = token === undefined ? undefined : abbreviatedToken(token);
    this.logger.trace({ token: shown, topic, apnsId, uniqueId, attempts, duration, status }, "accepted");
  }

  /** An error of a listener becomes an uncaught exception; it must not reach the engine that is calling. */
  #announce<Name extends keyof ApnsClientEvents>(name: Name, ...args: ApnsClientEvents[Name]): void {
    announce<ApnsClientEvents, Name>(this, name, ...args);
  }
}
