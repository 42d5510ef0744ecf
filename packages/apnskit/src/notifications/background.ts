import { InvalidNotification } from "../errors.ts";
import type { DeliveryOptions } from "./delivery.ts";
import { kind, type Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** A background update: data for the app, nothing for the user. */
export interface BackgroundOptions extends PayloadOptions, Omit<DeliveryOptions, "priority"> {
  /** Apple calls 10 an error for background pushes. */
  readonly priority?: 5 | 1 | undefined;
}

const KIND = kind("background", "background", { priorities: [5, 1] });
const APS = new ApsMapping();
const FOR_THE_USER = ["alert", "badge", "sound"];

/**
 * Wakes the app in the background ("Pushing background updates to your App"). Priority 5; at most 4,096 bytes.
 *
 * @throws InvalidNotification for an alert, a badge, a sound or priority 10, with which it would not be a background
 *   push
 */
export function background(options: BackgroundOptions = {}): Notification {
  const aps = APS.map(options, { "content-available": 1 });
  for (const field of FOR_THE_USER) {
    if (aps[field] !== undefined) {
      throw new InvalidNotification(field, "conflict", "a background push has none; use alert()");
    }
  }
  return assemble(KIND, aps, options);
}
