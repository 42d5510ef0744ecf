import type { HeaderOptions } from "./header-options.ts";
import { KINDS } from "./kinds.ts";
import type { Named } from "./named.ts";
import type { Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** Options of {@link complication}. */
export interface ComplicationOptions extends PayloadOptions, HeaderOptions {}

const APS = new ApsMapping();

/**
 * New data for a watchOS complication (ClockKit). The payload is the app's own; at most 4,096 bytes. Topic suffix
 * `.complication`; priority 10 by default.
 *
 * @throws InvalidNotification
 */
export function complication(options: ComplicationOptions | Named<ComplicationOptions>): Notification {
  return assemble(KINDS.complication, APS.mapIfAny(options), options);
}
