import { isUtf8 } from "node:buffer";
import { type Clock, type Notification, type PushType, raw } from "apnskit";
import type { LegacyNotification } from "../codec/frames.ts";
import { LARGEST_PAYLOAD_LIMIT } from "../codec/limits.ts";
import { pushTypeOfPayload, pushTypeOfTopic } from "./push-type.ts";

/** A notification and its source. */
interface Known {
  /** A copy of the bytes: the frame's own would keep the whole chunk alive. */
  readonly payload: Buffer;
  readonly priority: 5 | 10 | undefined;
  readonly expiry: number | undefined;
  readonly notification: Notification;
}

/**
 * Notifications to remember: a client sends one payload to many devices, and an app has a few clients at a
 * time.
 */
const MOST_KNOWN = 4;
const PRIORITY_OF_BACKGROUND = 5;

/**
 * Makes notifications for APNs from those of legacy clients. A repeated payload is neither parsed nor checked
 * again.
 */
export class Translation {
  readonly #topic: string;
  readonly #pushType: PushType | undefined;
  readonly #clock: Pick<Clock, "epoch">;
  readonly #known: Known[] = [];
  #next = 0;

  /** @param pushType of all notifications; by default topic and payload decide */
  constructor(topic: string, pushType: PushType | undefined, clock: Pick<Clock, "epoch">) {
    this.#topic = topic;
    this.#pushType = pushType ?? pushTypeOfTopic(topic);
    this.#clock = clock;
  }

  /**
   * The notification with this `apns-id`; `undefined` if the payload is not a JSON object in UTF-8, which no
   * device would accept.
   */
  notification(frame: LegacyNotification, id: string): Notification | undefined {
    const expiry = this.#effectiveExpiry(frame.expiry);
    const known = this.#find(frame, expiry);
    if (known !== undefined) return known.with({ id });
    const notification = this.#create(frame, expiry, id);
    if (notification === undefined) return undefined;
    const { body } = notification;
    const payload = Buffer.from(body.buffer, body.byteOffset, body.length);
    this.#known[this.#next] = { payload, priority: frame.priority, expiry, notification };
    this.#next = (this.#next + 1) % MOST_KNOWN;
    return notification;
  }

  #find({ payload, priority }: LegacyNotification, expiry: number | undefined): Notification | undefined {
    for (const known of this.#known) {
      if (known.expiry !== expiry || known.priority !== priority) continue;
      if (known.payload.length === payload.length && known.payload.equals(payload)) return known.notification;
    }
    return undefined;
  }

  /** The old server treated an expiry in the past like 0: one attempt, not stored. */
  #effectiveExpiry(expiry: number | undefined): number | undefined {
    return expiry !== undefined && expiry * 1_000 <= this.#clock.epoch() ? 0 : expiry;
  }

  #create(
    { payload, priority }: LegacyNotification,
    expiry: number | undefined,
    id: string,
  ): Notification | undefined {
    if (!isUtf8(payload)) return undefined;
    const text = payload.toString();
    const object = jsonObject(text);
    if (object === undefined) return undefined;
    const pushType = this.#pushType ?? pushTypeOfPayload(object);
    return raw({
      // As text: copying bytes would take memory outside of the heap for each one.
      payload: text,
      pushType,
      id,
      topic: this.#topic,
      sizeLimit: LARGEST_PAYLOAD_LIMIT,
      priority: pushType === "background" ? PRIORITY_OF_BACKGROUND : priority,
      expiration: expiry === undefined || expiry === 0 ? expiry : new Date(expiry * 1_000),
    });
  }
}

function jsonObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
