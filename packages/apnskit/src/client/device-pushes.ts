import type { AbortGroup, CheckedOptions } from "@apnskit/connection/internal";
import type { Pool } from "@apnskit/pool";
import { Certificate } from "../credentials/certificate.ts";
import { deviceToken } from "../device-token.ts";
import { InvalidNotification } from "../errors.ts";
import type { Notification } from "../notifications/notification.ts";
import { requireNotification } from "../notifications/require-notification.ts";
import { outcomeOfMistake } from "../outcome.ts";
import { tokenOfGiven } from "../token-text.ts";
import type { Courier } from "./courier.ts";
import { DevicePush, type OnOutcome } from "./device-push.ts";
import { checkLimits, type RequestLimits, RequestTemplate } from "./request-template.ts";

/** A device token as callers have it: hexadecimal text or bytes. */
export type DeviceToken = string | Uint8Array;

/** Sends notifications to devices and makes their outcomes. */
export class DevicePushes {
  readonly #courier: Courier;
  readonly #topic: string | undefined;
  readonly #limits: CheckedOptions;
  // Usually the next notification is the same as the last one, or a new one.
  #last: Notification | undefined;
  #lastTemplate: RequestTemplate | undefined;

  /**
   * @param topic the client's
   * @throws InvalidRequest for invalid limits
   */
  constructor(courier: Courier, topic: string | undefined, limits: RequestLimits) {
    this.#courier = courier;
    this.#topic = topic;
    this.#limits = checkLimits(limits);
  }

  /** The connections for device pushes. */
  get pool(): Pool {
    return this.#courier.pool("push");
  }

  /**
   * Checks whether this client can send a notification.
   *
   * @throws InvalidNotification without a topic, or in the wrong environment
   * @throws InvalidCredentials when the certificate does not allow its topic or push type
   */
  check(notification: Notification): void {
    this.#templateOf(notification);
  }

  /** Sends one notification to one device. An error in either becomes an outcome. Calls `done` once. */
  send(
    token: DeviceToken,
    notification: Notification,
    signal: AbortSignal | AbortGroup | undefined,
    index: number | undefined,
    done: OnOutcome,
  ): void {
    try {
      const hex = deviceToken(token);
      const template = this.#templateOf(notification);
      const given = typeof token === "string" && token !== hex ? token : undefined;
      const push = new DevicePush(this.#courier, template, hex, given, index, done);
      push.submitTo(this.#courier.pool("push"), signal);
    } catch (error) {
      this.refuse(token, error, index, done);
    }
  }

  /** Makes the outcome of invalid input. @param token the value in place of a device token */
  refuse(token: unknown, error: unknown, index: number | undefined, done: OnOutcome): void {
    const outcome = outcomeOfMistake(error, { ...tokenOfGiven(token), index, attempts: 0, duration: 0 });
    this.#courier.record(outcome, undefined);
    done(outcome, error as Error);
  }

  #templateOf(notification: Notification): RequestTemplate {
    if (notification !== this.#last || this.#lastTemplate === undefined) {
      this.#lastTemplate = this.#createTemplate(notification);
      this.#last = notification;
    }
    return this.#lastTemplate;
  }

  #createTemplate(notification: Notification): RequestTemplate {
    requireNotification(notification);
    const { environment, authorization } = this.#courier;
    if (notification.environment !== undefined && notification.environment !== environment) {
      const only = `${notification.kind} goes through ${notification.environment} only, this client is for ${environment}`;
      throw new InvalidNotification("environment", "conflict", only);
    }
    const headers = notification.headersFor(this.#topic);
    const last = this.#lastTemplate;
    // Usually only the payload differs: the headers have been checked.
    if (headers === last?.headers) return last.withContent(notification.content);
    this.#courier.topics.used(headers["apns-topic"]!, this.#courier.turnTime.now());
    const { auth } = authorization;
    if (auth instanceof Certificate) auth.assertAllows(headers["apns-topic"]!, notification.pushType);
    return new RequestTemplate(headers, notification.content, this.#limits);
  }
}
