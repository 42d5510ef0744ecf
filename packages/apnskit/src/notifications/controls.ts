import type { DeliveryOptions } from "./delivery.ts";
import { kind, type Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** What {@link controls} takes. */
export interface ControlsOptions extends PayloadOptions, DeliveryOptions {}

const KIND = kind("controls", "controls");
const APS = new ApsMapping();

/**
 * Reloads the app's controls ("Updating controls locally and remotely"). Topic suffix `.push-type.controls`; priority
 * 10 by default; at most 4,096 bytes.
 *
 * @throws InvalidNotification
 */
export function controls(options: ControlsOptions = {}): Notification {
  return assemble(KIND, APS.map(options, { "content-changed": true }), options);
}
