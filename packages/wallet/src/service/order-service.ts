import type { Awaitable } from "../registrations/registrations.ts";
import { type Handler, type ItemRecord, type UpdateServiceOptions, updateService } from "./update-service.ts";

/** Options of {@link orderService}. */
export interface OrderServiceOptions extends UpdateServiceOptions {
  /** Finds the order that a device asks for; returns `undefined` if it does not exist. */
  readonly find: (orderIdentifier: string, orderTypeIdentifier: string) => Awaitable<ItemRecord | undefined>;
}

/**
 * The web service behind `webServiceURL` of orders ("Wallet Orders"): devices register and unregister, ask
 * for changes, fetch orders, and report problems.
 *
 * @throws InvalidOption
 */
export function orderService(options: OrderServiceOptions): Handler {
  return updateService(
    {
      maker: "orderService()",
      scheme: "AppleOrder",
      collection: "orders",
      since: "ordersModifiedSince",
      idsKey: "orderIdentifiers",
      tagKey: "lastModified",
      what: "Wallet (orders)",
    },
    options,
  );
}
