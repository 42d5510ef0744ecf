import { isUtf8 } from "node:buffer";
import { type Clock, type Notification, type PushType, raw } from "apnskit";
import type { LegacyNotification } from "../codec/frames.ts";
import { LARGEST_PAYLOAD_LIMIT } from "../codec/limits.ts";
import { pushTypeOfPayload, pushTypeOfTopic } from "./push-type.ts";

/** A notification that was made, and what it was made of. */
interface Known {
  /** The notification's own bytes: the frame's would keep alive all that was read with it. */
  readonly payload: Buffer;
  readonly priority: 5 | 10 | undefined;
  readonly expiry: number | undefined;
  readonly notification: Notification;
}

/** Notifications that are remembered: a client sends one payload to many devices, and an app has a few clients at a time. */
const MOST_KNOWN = 4;
const PRIORITY_OF_BACKGROUND = 5;

/** Makes notifications for APNs of what legacy clients send. A payload that comes again is neither read nor checked again. */
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
   * The notification with this `apns-id`; `undefined` if the payload is no JSON object in UTF-8, which no device would take.
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

  /** An expiry that has passed meant to the old server what 0 means: one attempt, not stored. */
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
      // As text: copying bytes would take memory outside the heap for each.
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
