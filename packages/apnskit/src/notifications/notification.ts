import { type InspectOptions, inspect } from "node:util";
import type { Environment } from "../credentials/apns-extensions.ts";
import { InvalidNotification } from "../errors.ts";
import { type KnownPushType, type Priority, PUSH_TYPES, type PushType } from "../push-types.ts";
import { checkTopic, type Delivery, type DeliveryOptions, readDelivery } from "./delivery.ts";
import { type NotificationHeaders, requestHeaders } from "./headers.ts";

/** What all notifications made by one constructor have in common. */
export interface NotificationKind {
  /** The constructor's name. */
  readonly name: string;
  readonly pushType: PushType | undefined;
  readonly topicSuffix: string;
  /** Most bytes of UTF-8 that the payload may have. */
  readonly sizeLimit: number;
  readonly defaultPriority: Priority | undefined;
  /** The priorities that can work, where not all do. */
  readonly priorities?: readonly Priority[];
  readonly defaultExpiration?: 0;
  /** The only environment that takes it, where there is but one. */
  readonly environment?: Environment;
  /** Headers that this package does not know. */
  readonly extraHeaders?: Readonly<Record<string, string>>;
}

/** The kind that follows from a push type's rule. */
export function kind(
  name: string,
  pushType: KnownPushType,
  other: Partial<NotificationKind> = {},
): NotificationKind {
  const { topicSuffix, sizeLimit, defaultPriority } = PUSH_TYPES[pushType];
  return { name, pushType, topicSuffix, sizeLimit, defaultPriority, ...other };
}

/**
 * A notification, checked and encoded once; immutable, so that one object can go to any number of devices. Made by
 * `alert()`, `background()`, `raw()` and the others.
 *
 * Neither `console.log` nor `JSON.stringify` shows its payload.
 */
export class Notification {
  /** Name of the function that made it, such as `alert`. */
  readonly kind: string;
  /** The `apns-push-type`; `undefined` when `raw()` was given none, and none is sent. */
  readonly pushType: PushType | undefined;
  /** The `apns-priority`; `undefined` when `raw()` was given none: APNs then assumes 10. */
  readonly priority: Priority | undefined;
  /** Seconds since 1970-01-01 UTC; 0: one attempt, not stored. */
  readonly expiration: number | undefined;
  /** The `apns-collapse-id`, when the caller set one. */
  readonly collapseId: string | undefined;
  /** The `apns-id`, when the caller set one. */
  readonly id: string | undefined;
  /** The topic that replaces the client's, when the caller set one. */
  readonly topic: string | undefined;
  /** Added to the topic unless it is there already, such as `.voip`; may be empty. */
  readonly topicSuffix: string;
  /** The only environment that takes it, where there is but one. */
  readonly environment: Environment | undefined;
  readonly #kind: NotificationKind;
  readonly #body: Uint8Array;
  #headers: NotificationHeaders | undefined;
  #headersTopic: string | undefined;

  /** @internal Made by `alert()`, `raw()` and the others. */
  constructor(kind: NotificationKind, body: Uint8Array, options: DeliveryOptions, base?: Delivery) {
    const delivery = readDelivery(options, base ?? initialDelivery(kind));
    if (kind.priorities !== undefined && !kind.priorities.includes(delivery.priority as Priority)) {
      const allowed = kind.priorities.join(" or ");
      throw new InvalidNotification(
        "priority",
        "invalid",
        `must be ${allowed} for ${kind.name}, not ${delivery.priority}`,
      );
    }
    if (body.length > kind.sizeLimit) {
      const problem = `${body.length} bytes of UTF-8 are more than the ${kind.sizeLimit} that ${kind.name} may have`;
      throw new InvalidNotification("payload", "too-large", problem);
    }
    if (body.length === 0)
      throw new InvalidNotification("payload", "missing", "has no bytes; an empty payload is {}");
    this.kind = kind.name;
    this.pushType = kind.pushType;
    this.priority = delivery.priority;
    this.expiration = delivery.expiration;
    this.collapseId = delivery.collapseId;
    this.id = delivery.id;
    this.topic = delivery.topic;
    this.topicSuffix = kind.topicSuffix;
    this.environment = kind.environment;
    this.#kind = kind;
    this.#body = body;
    Object.freeze(this);
  }

  /** The payload's bytes. They are shared: do not write to them. */
  get body(): Uint8Array {
    return this.#body;
  }

  /** @internal Without this, inspect's option `getters` would show the payload. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Notification ${inspect({ ...this }, options)}`;
  }

  /** The payload, decoded anew. */
  payload(): unknown {
    return JSON.parse(Buffer.from(this.#body).toString());
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
    return checkTopic(base.endsWith(this.topicSuffix) ? base : base + this.topicSuffix);
  }

  /**
   * The headers for a client's topic, without `authorization` and, unless the caller set an id, without `apns-id`.
   * They are frozen. The same object comes back for the same topic, also from other notifications with the same
   * headers, so that its identity can key a cache.
   *
   * @throws InvalidNotification when there is no topic
   */
  headersFor(clientTopic?: string): NotificationHeaders {
    if (this.#headers === undefined || this.#headersTopic !== clientTopic) {
      this.#headers = requestHeaders(this, this.topicFor(clientTopic), this.#kind.extraHeaders);
      this.#headersTopic = clientTopic;
    }
    return this.#headers;
  }

  /**
   * The same notification with other delivery options; the payload is shared, not encoded again.
   *
   * @throws InvalidNotification
   */
  with(options: DeliveryOptions): Notification {
    return new Notification(this.#kind, this.#body, options, this);
  }
}

function initialDelivery(kind: NotificationKind): Delivery {
  return {
    priority: kind.defaultPriority,
    expiration: kind.defaultExpiration,
    collapseId: undefined,
    id: undefined,
    topic: undefined,
  };
}
