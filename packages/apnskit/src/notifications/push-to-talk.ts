import { flag } from "./fields.ts";
import type { HeaderOptions } from "./header-options.ts";
import { KINDS } from "./kinds.ts";
import type { Named } from "./named.ts";
import type { Notification } from "./notification.ts";
import { assertOptions } from "./options-object.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** Options of {@link pushToTalk}. */
export interface PushToTalkOptions extends PayloadOptions, HeaderOptions {
  /** Refresh the service without waking it to play: `ptt-push-type` `service-update`. */
  readonly serviceUpdate?: boolean | undefined;
}

const APS = new ApsMapping({}, ["serviceUpdate"]);

/**
 * Announces that a person speaks or leaves a channel ("Creating a Push to Talk app"). Topic suffix
 * `.voip-ptt`; by default priority 10 and one attempt (`expiration: 0`), as Apple asks; at most 4,096 bytes.
 *
 * @throws InvalidNotification
 */
export function pushToTalk(options: PushToTalkOptions | Named<PushToTalkOptions> = {}): Notification {
  assertOptions(options, '{ data: { activeSpeaker: "Ada" } }');
  const refreshes = flag(options.serviceUpdate ?? false, "serviceUpdate") !== undefined;
  const base = refreshes ? { "ptt-push-type": "service-update" } : {};
  return assemble(KINDS.pushToTalk, APS.map(options, base), options);
}
