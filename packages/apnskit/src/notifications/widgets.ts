import type { HeaderOptions } from "./header-options.ts";
import { KINDS } from "./kinds.ts";
import type { Named } from "./named.ts";
import type { Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** Options of {@link widgets}. */
export interface WidgetsOptions extends PayloadOptions, HeaderOptions {}

const APS = new ApsMapping();

/**
 * Reloads the app's widgets ("Updating widgets with WidgetKit push notifications"). Topic suffix `.push-type.widgets`;
 * priority 10 by default; at most 4,096 bytes.
 *
 * @throws InvalidNotification
 */
export function widgets(options: WidgetsOptions | Named<WidgetsOptions> = {}): Notification {
  return assemble(KINDS.widgets, APS.map(options, { "content-changed": true }), options);
}
