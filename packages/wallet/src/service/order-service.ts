import type { Awaitable } from "../registrations/registrations.ts";
import { type Handler, type ItemRecord, type UpdateServiceOptions, updateService } from "./update-service.ts";

/** Options of {@link orderService}. */
export interface OrderServiceOptions extends UpdateServiceOptions {
  /** Finds an order that a device asks for; `undefined` if there is no such order. */
  readonly find: (orderIdentifier: string, orderTypeIdentifier: string) => Awaitable<ItemRecord | undefined>;
}

/**
 * The web service behind `webServiceURL` of orders ("Wallet Orders"): devices register and unregister, ask
 * what changed, fetch orders, and report problems.
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
