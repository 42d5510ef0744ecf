import { EventEmitter } from "node:events";
import { announce, rejectUnknown, requireObject, requireType } from "@apnskit/connection/internal";
import { Closed, type CloseOptions } from "@apnskit/pool";
import { concurrencyOf } from "@apnskit/pool/internal";
import type { Environment } from "../credentials/apns-extensions.ts";
import type { DeadTokens } from "../dead-tokens.ts";
import { hasExpired } from "../notifications/expiration.ts";
import type { Notification } from "../notifications/notification.ts";
import { isNotification, requireNotification } from "../notifications/require-notification.ts";
import { type AcceptedOutcome, type Outcome, outcomeOfMistake } from "../outcome.ts";
import { Rejected } from "../rejected.ts";
import { tokenOfGiven } from "../token-text.ts";
import { broadcast } from "./broadcasts.ts";
import { checkCloseOptions, type SendManyOptions, type SendOptions, splitOptions } from "./call-options.ts";
import { Channels } from "./channels.ts";
import { type ApnsClientOptions, readApp, readNetwork, withoutApp } from "./client-options.ts";
import { type ApnsClientEvents, type ApnsClientStats, Courier } from "./courier.ts";
import { DevicePushes, type DeviceToken } from "./device-pushes.ts";
import { type Pair, type Source, sendMany } from "./send-many.ts";

const EVENTS = [
  "connected",
  "disconnected",
  "connectFailed",
  "closed",
  "deadToken",
  "tokenRenewed",
  "certificateExpiry",
] as const satisfies readonly (keyof ApnsClientEvents)[];

/** Options of `ApnsClient.open` besides those of the client. */
export interface OpenOptions {
  /** False: does not wait for a connection, so an application starts even without APNs. Default true. */
  readonly wait?: boolean | undefined;
}

/** @internal The base of a client, and the function that closes it. */
export interface ClientGround {
  readonly courier: Courier;
  readonly topic: string | undefined;
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Sends notifications of one app through APNs.
 *
 * What `send` and `broadcast` throw:
 *
 * - {@link Rejected} – APNs refused; `outcome` says why and what to do;
 * - `InvalidNotification`, `InvalidDeviceToken`, `InvalidCredentials`, `InvalidOption`, `InvalidRequest` –
 *   the input is invalid, and nothing was sent;
 * - the engine's `Timeout`, `Closed`, `Aborted`, `Blocked`, `StreamReset`, `ResponseTooLarge`, `FormatError`
 *   – there was no answer; `delivery` says whether the notification was certainly not sent (`"unsent"`) or
 *   may have been (`"unknown"`).
 */
export class ApnsClient extends EventEmitter<ApnsClientEvents> {
  /** The broadcast channels of the app. */
  readonly channels: Channels;
  readonly #ground: ClientGround;
  readonly #pushes: DevicePushes;
  readonly #unsubscribe: () => void;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(ground: ClientGround) {
    super();
    const { courier, topic } = ground;
    this.#ground = ground;
    this.channels = new Channels(courier, topic);
    this.#pushes = new DevicePushes(courier, topic, splitOptions({}, courier.timeout).limits);
    this.#unsubscribe = this.#forward(courier);
  }

  /**
   * Opens a client and waits for its first connection, unless `wait` is false.
   *
   * @throws InvalidOption for invalid options, `InvalidCredentials` for credentials that are missing,
   *   ambiguous or unfit, `InvalidNotification` for a topic that no header can carry: all before anything is
   *   sent
   * @throws ConnectFailed when APNs cannot be reached. With `wait: false` it does not throw: the client keeps
   *   trying, and notifications wait for a connection as long as their time limit allows
   */
  static async open(options: ApnsClientOptions, how: OpenOptions = {}): Promise<ApnsClient> {
    requireObject("options", options);
    const wait = readWait(how);
    const app = readApp(options);
    const courier = await Courier.open(app, readNetwork(withoutApp(options), app), { wait });
    return new ApnsClient({ courier, topic: app.topic, close: (how) => courier.close(how) });
  }

  /** Opens a client for the time that `use` takes; for JavaScript without `await using`. */
  static async with<Result>(
    options: ApnsClientOptions,
    use: (apns: ApnsClient) => Result | Promise<Result>,
  ): Promise<Result> {
    const apns = await ApnsClient.open(options);
    try {
      return await use(apns);
    } finally {
      await apns.close();
    }
  }

  /**
   * The environment that it sends to. A stand-in (`origin`) is `sandbox` unless the options say otherwise.
   */
  get environment(): Environment {
    return this.#ground.courier.environment;
  }

  /** The base of `apns-topic` for notifications that name no topic. */
  get topic(): string | undefined {
    return this.#ground.topic;
  }

  /** The tokens that APNs calls dead, as the client learns of them. */
  get deadTokens(): DeadTokens {
    return this.#ground.courier.deadTokens;
  }

  /**
   * Sends one notification to one device; resolves once APNs has accepted it.
   *
   * @param token hexadecimal text or the bytes that the app received
   * @throws see {@link ApnsClient}
   */
  send(token: DeviceToken, notification: Notification, options?: SendOptions): Promise<AcceptedOutcome> {
    return new Promise((resolve, reject) => {
      this.#send(token, notification, options, (outcome, cause) => {
        if (outcome.result === "accepted") resolve(outcome);
        else if (outcome.result === "rejected") reject(new Rejected(outcome, cause && { cause }));
        else reject(cause);
      });
    });
  }

  /** The same, but resolves with the outcome, whatever it is. */
  trySend(token: DeviceToken, notification: Notification, options?: SendOptions): Promise<Outcome> {
    return new Promise((resolve) => this.#send(token, notification, options, resolve));
  }

  /**
   * Sends many notifications, from any iterable or async iterable of `[token, notification]`. Yields each
   * outcome as soon as it is known; `index` is the place of the pair in the source. It takes pairs only as
   * fast as notifications are sent and outcomes are read, so memory is constant.
   *
   * An error in one notification becomes its outcome. The iterator throws only errors of the source, after
   * all outcomes. Leaving the loop cancels the notifications under way. So does `signal`, which still yields
   * all outcomes.
   *
   * @throws InvalidOption, InvalidRequest for invalid options; nothing was sent
   */
  sendMany(pairs: Source<Pair>, options?: SendManyOptions): AsyncIterableIterator<Outcome>;
  /**
   * Sends one notification to many devices.
   *
   * @throws InvalidNotification, InvalidCredentials when this client cannot send it; nothing was sent
   */
  sendMany(
    tokens: Source<DeviceToken>,
    notification: Notification,
    options?: SendManyOptions,
  ): AsyncIterableIterator<Outcome>;
  sendMany(
    source: Source<Pair> | Source<DeviceToken>,
    first?: Notification | SendManyOptions,
    second?: SendManyOptions,
  ): AsyncIterableIterator<Outcome> {
    const isOne = isNotification(first);
    const [notification, options = {}] = isOne ? [first, second] : [undefined, first];
    requireObject("options", options);
    // In pairs, each has its notification: a second argument after the options would have no effect.
    if (!isOne && second !== undefined) requireNotification(first);
    const { concurrency, ...others } = options;
    const { courier, topic } = this.#ground;
    const { signal, limits } = splitOptions(others, courier.timeout);
    this.#requireOpen();
    const pushes = new DevicePushes(courier, topic, limits);
    if (notification !== undefined) pushes.check(notification);
    return sendMany(pushes, source, notification, concurrencyOf(courier.pool("push"), concurrency), signal);
  }

  /**
   * Publishes an update or the end of a Live Activity to a channel. The `apnsId` of the outcome is the
   * `apns-request-id`.
   *
   * @throws see {@link ApnsClient}
   */
  async broadcast(
    channelId: string,
    notification: Notification,
    options: SendOptions = {},
  ): Promise<AcceptedOutcome> {
    const { courier, topic } = this.#ground;
    const { signal, limits } = splitOptions(options, courier.timeout);
    this.#requireOpen();
    return broadcast(courier, topic, channelId, notification, limits, signal);
  }

  /** The current figures. Clients of the same credentials share them. */
  stats(): ApnsClientStats {
    return this.#ground.courier.stats();
  }

  /**
   * Closes the client; resolves when everything is settled and all sockets are closed. May be called again
   * with a shorter `drain`.
   *
   * @param options.drain milliseconds that queued notifications and those in flight get to finish. Default 0:
   *   queued ones fail as `unsent`, those in flight as `unknown`.
   */
  async close(options?: CloseOptions): Promise<void> {
    checkCloseOptions(options);
    const closing = this.#ground.close(options);
    this.#closing ??= closing;
    await closing;
    this.#unsubscribe();
  }

  /** As {@link ApnsClient.close} without `drain`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(
    token: DeviceToken,
    notification: Notification,
    options: SendOptions | undefined,
    done: (outcome: Outcome, cause: Error | undefined) => void,
  ): void {
    const { courier, topic } = this.#ground;
    let pushes = this.#pushes;
    let signal: AbortSignal | undefined;
    try {
      this.#requireOpen();
      if (options !== undefined) {
        const split = splitOptions(options, courier.timeout);
        signal = split.signal;
        const { deadline, idempotent, timeout } = split.limits;
        const usual = deadline === undefined && idempotent === undefined && timeout === courier.timeout;
        if (!usual) pushes = new DevicePushes(courier, topic, split.limits);
      }
    } catch (error) {
      const expired =
        isNotification(notification) && hasExpired(notification.expiration, courier.clock.epoch());
      const submission = { ...tokenOfGiven(token), attempts: 0, duration: 0, expired };
      done(outcomeOfMistake(error, submission), error as Error);
      return;
    }
    pushes.send(token, notification, signal, undefined, done);
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw new Closed("close", "unsent");
  }

  #forward(courier: Courier): () => void {
    const leaves = EVENTS.map((name) => this.#forwardEvent(courier, name));
    return () => {
      for (const leave of leaves) leave();
    };
  }

  #forwardEvent<Name extends keyof ApnsClientEvents>(courier: Courier, name: Name): () => void {
    const listener = (...args: ApnsClientEvents[Name]): void =>
      announce<ApnsClientEvents, Name>(this, name, ...args);
    courier.on(name, listener as never);
    return () => void courier.off(name, listener as never);
  }
}

function readWait(options: OpenOptions): boolean {
  requireObject("options", options);
  rejectUnknown(options, ["wait"]);
  requireType("wait", options.wait, "boolean");
  return options.wait ?? true;
}
