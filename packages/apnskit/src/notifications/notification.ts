import { type InspectOptions, inspect } from "node:util";
import { type Content, concealAccessors, markCopy, octetsOf } from "@apnskit/connection/internal";
import type { Environment } from "../credentials/apns-extensions.ts";
import { InvalidNotification } from "../errors.ts";
import type { Priority, PushType } from "../push-types.ts";
import {
  HEADER_OPTIONS,
  type HeaderOptions,
  type HeaderValues,
  readHeaderOptions,
} from "./header-options.ts";
import { type NotificationHeaders, requestHeaders } from "./headers.ts";
import type { NotificationKind } from "./kinds.ts";
import { type NotificationJson, readNotificationJson, writeNotificationJson } from "./notification-json.ts";
import { assertOptions } from "./options-object.ts";
import { checkTopic } from "./topic.ts";
import { Vocabulary } from "./vocabulary.ts";

const WITH = new Vocabulary(HEADER_OPTIONS);

/**
 * A notification, checked and encoded once; immutable, so that one object can go to any number of devices.
 * Functions such as `alert()`, `background()` and `raw()` make it.
 *
 * `console.log` shows one line without the payload. `JSON.stringify` writes all of it, for job queues: see `toJSON`.
 */
export class Notification {
  static {
    markCopy(this, "Notification");
    concealAccessors(this);
  }

  /** Name of the function that made it, such as `alert`. */
  readonly kind: string;
  /** The `apns-push-type`; `undefined` if `raw()` got none, and none is sent. */
  readonly pushType: PushType | undefined;
  /** The `apns-priority`; `undefined` if `raw()` got none: APNs then assumes 10. */
  readonly priority: Priority | undefined;
  /** Seconds since 1970-01-01 UTC; 0: one attempt, not stored. */
  readonly expiration: number | undefined;
  /** The `apns-collapse-id`, if the caller set one. */
  readonly collapseId: string | undefined;
  /** The `apns-id`, if the caller set one. */
  readonly id: string | undefined;
  /** The topic that replaces the client's, if the caller set one. */
  readonly topic: string | undefined;
  /** Added to the topic unless the topic has it already, such as `.voip`; may be empty. */
  readonly topicSuffix: string;
  /** The only environment that accepts it, unless both do. */
  readonly environment: Environment | undefined;
  readonly #kind: NotificationKind;
  readonly #content: Content;

  /** @internal Made by `alert()`, `raw()` and the others. */
  constructor(kind: NotificationKind, content: Content, options: HeaderOptions, base?: HeaderValues) {
    const values = readHeaderOptions(options, base ?? initialValues(kind));
    if (kind.priorities !== undefined && !kind.priorities.includes(values.priority as Priority)) {
      const allowed = kind.priorities.join(" or ");
      const rule = `must be ${allowed} for ${kind.name}; received the number ${values.priority}`;
      throw new InvalidNotification("priority", "invalid", rule);
    }
    if (content.length > kind.sizeLimit) {
      const problem = `${content.length} bytes of UTF-8 are more than the ${kind.sizeLimit} that ${kind.name} may have`;
      throw new InvalidNotification("payload", "too-large", problem);
    }
    if (content.length === 0) {
      throw new InvalidNotification("payload", "missing", "has no bytes; an empty payload is {}");
    }
    this.kind = kind.name;
    this.pushType = kind.pushType;
    this.priority = values.priority;
    this.expiration = values.expiration;
    this.collapseId = values.collapseId;
    this.id = values.id;
    this.topic = values.topic;
    this.topicSuffix = kind.topicSuffix;
    this.environment = kind.environment;
    this.#kind = kind;
    this.#content = content;
    Object.freeze(this);
  }

  /** The payload's bytes. They are shared: do not write to them. */
  get body(): Uint8Array {
    return octetsOf(this.#content);
  }

  /** @internal The payload in the form that is sent. */
  get content(): Content {
    return this.#content;
  }

  /** @internal One line without the payload, which the option `getters` of `inspect` would show. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const shown = Object.entries(this).filter(([, value]) => value !== undefined && value !== "");
    const line = { ...options, breakLength: Number.POSITIVE_INFINITY, compact: true };
    return `Notification ${inspect({ ...Object.fromEntries(shown), bytes: this.#content.length }, line)}`;
  }

  /**
   * The payload, decoded anew.
   *
   * @throws InvalidNotification when `raw()` got a payload that is not JSON
   */
  payload(): unknown {
    try {
      return JSON.parse(Buffer.from(this.body).toString());
    } catch {
      throw new InvalidNotification("payload", "invalid", "is not JSON");
    }
  }

  /**
   * The whole notification, payload included, as plain JSON for job queues. {@link Notification.fromJSON}
   * makes the same notification from it. `JSON.stringify` calls this function, and so do loggers: do not log
   * notifications with it.
   */
  toJSON(): NotificationJson {
    return writeNotificationJson({ kind: this.#kind, body: this.body, values: this });
  }

  /**
   * Makes a notification from the JSON of {@link Notification.toJSON}, with the same bytes and headers.
   * Checks everything again.
   *
   * @param json the object, or its text
   * @throws InvalidNotification, whose `field` names the invalid key; `json` for text that is not JSON
   */
  static fromJSON(json: unknown): Notification {
    const { kind, body, values } = readNotificationJson(json);
    return new Notification(kind, body, {}, values);
  }

  /**
   * The value of `apns-topic`: the notification's own topic, else the client's, with the push type's suffix.
   *
   * @throws InvalidNotification when there is neither
   */
  topicFor(clientTopic?: string): string {
    const base = this.topic ?? clientTopic;
    if (base === undefined) {
      throw new InvalidNotification("topic", "missing", "neither the notification nor the client has one");
    }
    if (typeof base !== "string") return checkTopic(base);
    return checkTopic(base.endsWith(this.topicSuffix) ? base : base + this.topicSuffix);
  }

  /**
   * The headers for a client's topic, without `authorization` and, unless the caller set an id, without
   * `apns-id`. They are frozen.
   *
   * @throws InvalidNotification when there is no topic
   */
  headersFor(clientTopic?: string): NotificationHeaders {
    return requestHeaders(this, this.topicFor(clientTopic), this.#kind.extraHeaders);
  }

  /**
   * The same notification with other header options. Both share the payload, which is not encoded again.
   *
   * @throws InvalidNotification
   */
  with(options: HeaderOptions): Notification {
    assertOptions(options, "{ priority: 5 }");
    WITH.assertOnly(options);
    return new Notification(this.#kind, this.#content, options, this);
  }
}

function initialValues(kind: NotificationKind): HeaderValues {
  return {
    priority: kind.defaultPriority,
    expiration: kind.defaultExpiration,
    collapseId: undefined,
    id: undefined,
    topic: undefined,
  };
}
