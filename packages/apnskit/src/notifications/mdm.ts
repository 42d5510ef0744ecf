import type { DeliveryOptions } from "./delivery.ts";
import { requiredText } from "./fields.ts";
import { encodeJson } from "./json.ts";
import { kind, Notification } from "./notification.ts";

/** What {@link mdm} takes. */
export interface MdmOptions extends DeliveryOptions {
  /** The `PushMagic` that the device sent when it enrolled. */
  readonly pushMagic: string;
}

const KIND = kind("mdm", "mdm");

/**
 * Asks a managed device to call its MDM server ("Sending MDM commands to a device"). The topic is the UID of the MDM
 * push certificate (`com.apple.mgmt.…`). Priority 10 by default.
 *
 * @throws InvalidNotification without `pushMagic`
 */
export function mdm(options: MdmOptions): Notification {
  return new Notification(KIND, encodeJson({ mdm: requiredText(options.pushMagic, "pushMagic") }), options);
}
