import type { DeliveryOptions } from "./delivery.ts";
import { kind, type Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** What {@link widgets} takes. */
export interface WidgetsOptions extends PayloadOptions, DeliveryOptions {}

const KIND = kind("widgets", "widgets");
const APS = new ApsMapping();

/**
 * Reloads the app's widgets ("Updating widgets with WidgetKit push notifications"). Topic suffix `.push-type.widgets`;
 * priority 10 by default; at most 4,096 bytes.
 *
 * @throws InvalidNotification
 */
export function widgets(options: WidgetsOptions = {}): Notification {
  return assemble(KIND, APS.map(options, { "content-changed": true }), options);
}
