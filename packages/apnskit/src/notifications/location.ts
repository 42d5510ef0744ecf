import type { HeaderOptions } from "./header-options.ts";
import { KINDS } from "./kinds.ts";
import type { Named } from "./named.ts";
import type { Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** Options of {@link location}. */
export interface LocationOptions extends PayloadOptions, HeaderOptions {}

const APS = new ApsMapping();

/**
 * Wakes a Location Push Service Extension ("Creating a location push service extension"). Topic suffix
 * `.location-query`; priority 10 by default, 5 saves power; at most 4,096 bytes. Needs a provider token.
 *
 * @throws InvalidNotification
 */
export function location(options: LocationOptions | Named<LocationOptions> = {}): Notification {
  return assemble(KINDS.location, APS.map(options), options);
}
