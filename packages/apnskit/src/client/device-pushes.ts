import { PushError, Request, RequestHeaders, type Response } from "@apnskit/pool";
import { Certificate } from "../credentials/certificate.ts";
import type { BearerToken } from "../credentials/provider-token.ts";
import { deviceToken } from "../device-token.ts";
import { InvalidNotification, type ProviderTokenRejected } from "../errors.ts";
import { Notification } from "../notifications/notification.ts";
import {
  type Outcome,
  outcomeOfAnswer,
  outcomeOfError,
  outcomeOfMistake,
  type Submission,
} from "../outcome.ts";
import type { Courier } from "./courier.ts";
import { notificationId } from "./notification-id.ts";
import { type RequestLimits, RequestTemplate } from "./request-template.ts";
import { Sending } from "./sending.ts";

/** A device token as callers have it: hexadecimal text or bytes. */
export type DeviceToken = string | Uint8Array;

/** Takes the outcome of one notification, and the error behind it if there is one. */
export type OnOutcome = (outcome: Outcome, cause: Error | undefined) => void;

/** Puts notifications for devices on their way, and makes outcomes of how they end. */
export class DevicePushes {
  readonly #courier: Courier;
  readonly #topic: string | undefined;
  readonly #limits: RequestLimits;
  readonly #templates = new WeakMap<Notification, RequestTemplate>();
  // Most often the next notification is the last one again.
  #last: Notification | undefined;
  #lastTemplate: RequestTemplate | undefined;

  /**
   * @param topic the client's
   * @throws InvalidRequest for limits that cannot be
   */
  constructor(courier: Courier, topic: string | undefined, limits: RequestLimits) {
    Request.of("/", undefined, undefined, limits);
    this.#courier = courier;
    this.#topic = topic;
    this.#limits = limits;
  }

  /**
   * Checks whether a notification can be sent by this client.
   *
   * @throws InvalidNotification without a topic, or in the wrong environment
   * @throws InvalidCredentials when the certificate does not allow its topic or push type
   */
  check(notification: Notification): void {
    this.#templateOf(notification);
  }

  /** Sends one notification to one device. Whatever is wrong with either becomes an outcome; `done` is called once. */
  send(
    token: DeviceToken,
    notification: Notification,
    signal: AbortSignal | undefined,
    index: number | undefined,
    done: OnOutcome,
  ): void {
    let hex: string | undefined;
    try {
      hex = deviceToken(token);
      const template = this.#templateOf(notification);
      new DevicePush(this.#courier, template, hex, signal, index, done).start();
    } catch (error) {
      const submission = { ...(hex !== undefined && { token: hex }), index, attempts: 0, duration: 0 };
      const outcome = outcomeOfMistake(error, submission);
      this.#courier.record(outcome, undefined);
      done(outcome, error as Error);
    }
  }

  #templateOf(notification: Notification): RequestTemplate {
    if (notification === this.#last) return this.#lastTemplate!;
    let template = this.#templates.get(notification);
    if (template === undefined) {
      template = this.#createTemplate(notification);
      this.#templates.set(notification, template);
    }
    this.#last = notification;
    this.#lastTemplate = template;
    return template;
  }

  #createTemplate(notification: Notification): RequestTemplate {
    if (!(notification instanceof Notification)) {
      throw new InvalidNotification(
        "notification",
        "invalid",
        "must be made by alert(), raw() or another of them",
      );
    }
    const { environment, credentials, authorized } = this.#courier;
    if (notification.environment !== undefined && notification.environment !== environment) {
      const only = `${notification.kind} goes through ${notification.environment} only, this client is for ${environment}`;
      throw new InvalidNotification("environment", "conflict", only);
    }
    const headers = notification.headersFor(this.#topic);
    const { auth } = credentials;
    if (auth instanceof Certificate) auth.assertAllows(headers["apns-topic"]!, notification.pushType);
    return new RequestTemplate(authorized, headers, notification.body, this.#limits);
  }
}

/** One notification for one device, until its outcome. */
class DevicePush extends Sending implements Submission {
  readonly token: string;
  /** The same over all attempts, so that it is known even if no answer ever comes. */
  readonly apnsId: string;
  readonly index: number | undefined;
  readonly #courier: Courier;
  readonly #template: RequestTemplate;
  readonly #done: OnOutcome;

  constructor(
    courier: Courier,
    template: RequestTemplate,
    token: string,
    signal: AbortSignal | undefined,
    index: number | undefined,
    done: OnOutcome,
  ) {
    super(courier.credentials, courier.pool("push"), signal);
    this.token = token;
    this.apnsId = template.headers["apns-id"] ?? notificationId();
    this.index = index;
    this.#courier = courier;
    this.#template = template;
    this.#done = done;
  }

  protected createRequest(bearer: BearerToken | undefined, timeout?: number): Request {
    const own =
      this.#template.headers["apns-id"] === undefined ? RequestHeaders.of("apns-id", this.apnsId) : undefined;
    return this.#template.request(`/3/device/${this.token}`, own, bearer, timeout);
  }

  protected onEnd(end: Response | PushError, refusal: ProviderTokenRejected | undefined): void {
    if (end instanceof PushError) this.#end(outcomeOfError(end, this), end);
    else this.#end(outcomeOfAnswer(end, this, refusal?.message), refusal);
  }

  #end(outcome: Outcome, cause: Error | undefined): void {
    this.#courier.record(outcome, this.#template.headers["apns-topic"]);
    this.#done(outcome, cause);
  }
}
