import { InvalidNotification } from "../errors.ts";
import type { HeaderOptions } from "./header-options.ts";
import { KINDS } from "./kinds.ts";
import type { Named } from "./named.ts";
import type { Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** A background update: data for the app, nothing for the user. */
export interface BackgroundOptions extends PayloadOptions, Omit<HeaderOptions, "priority"> {
  /** Apple calls 10 an error for background pushes. */
  readonly priority?: 5 | 1 | undefined;
}

const APS = new ApsMapping({
  contentAvailable: [
    "content-available",
    (_, field) => {
      throw new InvalidNotification(field, "conflict", "is what background() sets itself; leave it out");
    },
  ],
});
const FOR_THE_USER = ["alert", "badge", "sound"];

/**
 * Wakes the app in the background ("Pushing background updates to your App"). Priority 5; at most 4,096 bytes.
 *
 * @throws InvalidNotification for an alert, a badge, a sound or priority 10, which a background push cannot
 *   have
 */
export function background(options: BackgroundOptions | Named<BackgroundOptions> = {}): Notification {
  const aps = APS.map(options, { "content-available": 1 });
  for (const field of FOR_THE_USER) {
    if (aps[field] !== undefined) {
      throw new InvalidNotification(field, "conflict", "must not be in a background push; use alert()");
    }
  }
  return assemble(KINDS.background, aps, options);
}
