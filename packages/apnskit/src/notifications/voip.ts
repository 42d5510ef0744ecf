import type { HeaderOptions } from "./header-options.ts";
import { KINDS } from "./kinds.ts";
import type { Named } from "./named.ts";
import type { Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** Options of {@link voip}. */
export interface VoipOptions extends PayloadOptions, HeaderOptions {}

const APS = new ApsMapping();

/**
 * An incoming call (PushKit). The payload is the app's own; at most 5,120 bytes. Topic suffix `.voip`;
 * priority 10 by default. A finished call need not be stored: `expiration: 0` asks for one attempt.
 *
 * @throws InvalidNotification
 */
export function voip(options: VoipOptions | Named<VoipOptions>): Notification {
  return assemble(KINDS.voip, APS.mapIfAny(options), options);
}
