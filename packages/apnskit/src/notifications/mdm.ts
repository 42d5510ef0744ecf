import { requiredText } from "./fields.ts";
import { HEADER_OPTIONS, type HeaderOptions } from "./header-options.ts";
import { encodeJson } from "./json.ts";
import { KINDS } from "./kinds.ts";
import { Notification } from "./notification.ts";
import { assertOptions } from "./options-object.ts";
import { Vocabulary } from "./vocabulary.ts";

/** Options of {@link mdm}. */
export interface MdmOptions extends HeaderOptions {
  /** The `PushMagic` that the device sent when it enrolled. */
  readonly pushMagic: string;
}

const VOCABULARY = new Vocabulary([...HEADER_OPTIONS, "pushMagic"]);

/**
 * Asks a managed device to call its MDM server ("Sending MDM commands to a device"). The topic is the UID of the MDM
 * push certificate (`com.apple.mgmt.…`). Priority 10 by default.
 *
 * @throws InvalidNotification without `pushMagic`
 */
export function mdm(options: MdmOptions): Notification {
  assertOptions(options, "{ pushMagic }");
  VOCABULARY.assertOnly(options);
  return new Notification(
    KINDS.mdm,
    encodeJson({ mdm: requiredText(options.pushMagic, "pushMagic") }),
    options,
  );
}
