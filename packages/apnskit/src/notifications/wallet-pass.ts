import { HEADER_OPTIONS, type HeaderOptions } from "./header-options.ts";
import { encodeJson } from "./json.ts";
import { KINDS } from "./kinds.ts";
import { Notification } from "./notification.ts";
import { assertOptions } from "./options-object.ts";
import { Vocabulary } from "./vocabulary.ts";

/** Options of {@link walletPass}. */
export interface WalletPassOptions extends Omit<HeaderOptions, "priority"> {
  /** Default 5. It is sent as a background push, for which Apple calls 10 an error. */
  readonly priority?: 5 | 1 | undefined;
}

const VOCABULARY = new Vocabulary(HEADER_OPTIONS);

/**
 * Tells Wallet that a pass has changed ("Adding a Web Service to Update Passes"): the payload is `{}`, the
 * topic the pass type identifier (`pass.…`), the environment production. Apple documents no push type;
 * `background` is known to work.
 *
 * @throws InvalidNotification
 */
export function walletPass(options: WalletPassOptions = {}): Notification {
  assertOptions(options, '{ topic: "pass.com.example.card" }');
  VOCABULARY.assertOnly(options);
  return new Notification(KINDS.walletPass, encodeJson({}), options);
}
