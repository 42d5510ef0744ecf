import type { Awaitable } from "../registrations/registrations.ts";
import { type Handler, type ItemRecord, type UpdateServiceOptions, updateService } from "./update-service.ts";

/** Options of {@link passService}. */
export interface PassServiceOptions extends UpdateServiceOptions {
  /** Finds the pass that a device asks for; returns `undefined` if it does not exist. */
  readonly find: (serialNumber: string, passTypeIdentifier: string) => Awaitable<ItemRecord | undefined>;
}

/**
 * The web service behind `webServiceURL` of passes ("Adding a Web Service to Update Passes"): devices
 * register and unregister, ask for changes, fetch passes, and report problems.
 *
 * @throws InvalidOption
 */
export function passService(options: PassServiceOptions): Handler {
  return updateService(
    {
      maker: "passService()",
      scheme: "ApplePass",
      collection: "passes",
      since: "passesUpdatedSince",
      idsKey: "serialNumbers",
      tagKey: "lastUpdated",
      what: "Wallet",
    },
    options,
  );
}
