import type { DeliveryOptions } from "./delivery.ts";
import { kind, type Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** What {@link complication} takes. */
export interface ComplicationOptions extends PayloadOptions, DeliveryOptions {}

const KIND = kind("complication", "complication");
const APS = new ApsMapping();

/**
 * New data for a watchOS complication (ClockKit). The payload is the app's own; at most 4,096 bytes. Topic suffix
 * `.complication`; priority 10 by default.
 *
 * @throws InvalidNotification
 */
export function complication(options: ComplicationOptions): Notification {
  return assemble(KIND, APS.mapIfAny(options), options);
}
