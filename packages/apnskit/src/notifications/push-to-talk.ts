import type { DeliveryOptions } from "./delivery.ts";
import { kind, type Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** What {@link pushToTalk} takes. */
export interface PushToTalkOptions extends PayloadOptions, DeliveryOptions {
  /** Refresh the service without waking it to play: `ptt-push-type` `service-update`. */
  readonly serviceUpdate?: boolean | undefined;
}

const KIND = kind("pushToTalk", "pushtotalk", { defaultExpiration: 0 });
const APS = new ApsMapping({}, ["serviceUpdate"]);

/**
 * Somebody speaks or leaves a channel ("Creating a Push to Talk app"). Topic suffix `.voip-ptt`; by default priority 10
 * and one attempt (`expiration: 0`), as Apple asks; at most 4,096 bytes.
 *
 * @throws InvalidNotification
 */
export function pushToTalk(options: PushToTalkOptions = {}): Notification {
  const base = options.serviceUpdate ? { "ptt-push-type": "service-update" } : {};
  return assemble(KIND, APS.map(options, base), options);
}
