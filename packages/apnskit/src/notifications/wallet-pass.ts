import type { DeliveryOptions } from "./delivery.ts";
import { encodeJson } from "./json.ts";
import { kind, Notification } from "./notification.ts";

/** What {@link walletPass} takes. */
export interface WalletPassOptions extends Omit<DeliveryOptions, "priority"> {
  /** Default 5. It goes as a background push, for which Apple calls 10 an error. */
  readonly priority?: 5 | 1 | undefined;
}

const KIND = kind("walletPass", "background", { environment: "production", priorities: [5, 1] });

/**
 * Tells Wallet that a pass has changed ("Adding a Web Service to Update Passes"): the payload is `{}`, the topic the
 * pass type identifier (`pass.…`), the environment production. Apple documents no push type; `background` is the one
 * seen to work.
 *
 * @throws InvalidNotification
 */
export function walletPass(options: WalletPassOptions = {}): Notification {
  return new Notification(KIND, encodeJson({}), options);
}
