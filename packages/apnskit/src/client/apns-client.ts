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

/** How `ApnsClient.open` opens. */
export interface OpenOptions {
  /** False: does not wait for a connection, so that an application starts although APNs cannot be reached. Default true. */
  readonly wait?: boolean | undefined;
}

/** @internal The base of a client, and how it is closed. */
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
 * - `InvalidNotification`, `InvalidDeviceToken`, `InvalidCredentials`, `InvalidOption`, `InvalidRequest` – it cannot be
 *   sent as it is; nothing was;
 * - the engine's `Timeout`, `Closed`, `Aborted`, `Blocked`, `StreamReset`, `ResponseTooLarge`, `FormatError` – there was no
 *   answer; `delivery` says whether it was certainly not sent (`"unsent"`) or may have been (`"unknown"`).
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
   * @throws InvalidOption for options that cannot be, `InvalidCredentials` for credentials that are missing, ambiguous or
   *   unfit, `InvalidNotification` for a topic that no header can carry: all before anything is sent
   * @throws ConnectFailed when APNs cannot be reached; not with `wait: false`: then the client goes on trying, and
   *   notifications wait for a connection as long as their time limit allows
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

  /** Which of the two APNs it sends to; a stand-in (`origin`) is `sandbox` unless the options say otherwise. */
  get environment(): Environment {
    return this.#ground.courier.environment;
  }

  /** What `apns-topic` is made of where a notification does not say. */
  get topic(): string | undefined {
    return this.#ground.topic;
  }

  /** The tokens that APNs calls dead, as they come to light. */
  get deadTokens(): DeadTokens {
    return this.#ground.courier.deadTokens;
  }

  /**
   * Sends one notification to one device; resolves once APNs has taken it.
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
   * Sends many notifications, from any iterable or async iterable of `[token, notification]`, and yields what became of
   * each, in the order in which that is known; `index` tells which it was. It takes pairs only as fast as they are sent and
   * outcomes are read, so memory stays the same however many there are.
   *
   * What is wrong with one notification becomes its outcome. Only what the source itself throws is thrown, behind all
   * outcomes. Leaving the loop gives up what is under way; so does `signal`, with all outcomes still yielded.
   *
   * @throws InvalidOption, InvalidRequest for options that cannot be; nothing was sent
   */
  sendMany(pairs: Source<Pair>, options?: SendManyOptions): AsyncIterableIterator<Outcome>;
  /**
   * Sends one notification to many devices.
   *
   * @throws InvalidNotification, InvalidCredentials when it cannot be sent by this client; nothing was
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
   * Publishes an update or the end of a Live Activity to a channel; `apnsId` of what it resolves with is the
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

  /** Shared with all clients of the same credentials, where there are several. */
  stats(): ApnsClientStats {
    return this.#ground.courier.stats();
  }

  /**
   * Closes the client; resolves when everything is settled and all sockets are closed. May be called again, with less
   * patience.
   *
   * @param options.drain milliseconds that what is queued and in flight is given to finish. Default 0: what is queued
   *   fails as `unsent`, what is in flight as `unknown`.
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
