import type { HeaderOptions } from "./header-options.ts";
import { KINDS } from "./kinds.ts";
import type { Named } from "./named.ts";
import type { Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** Options of {@link controls}. */
export interface ControlsOptions extends PayloadOptions, HeaderOptions {}

const APS = new ApsMapping();

/**
 * Reloads the app's controls ("Updating controls locally and remotely"). Topic suffix `.push-type.controls`; priority
 * 10 by default; at most 4,096 bytes.
 *
 * @throws InvalidNotification
 */
export function controls(options: ControlsOptions | Named<ControlsOptions> = {}): Notification {
  return assemble(KINDS.controls, APS.map(options, { "content-changed": true }), options);
}
