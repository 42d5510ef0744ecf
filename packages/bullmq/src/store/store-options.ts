import { rejectUnknown, requireObject } from "@apnskit/connection/internal";
import { InvalidOption } from "apnskit";

/** @throws InvalidOption for a value other than an object, a missing connection, or an unknown name */
export function readStoreOptions<Options extends { readonly connection: unknown }>(
  options: Options,
  known: readonly (keyof Options & string)[],
): Options {
  requireObject("options", options);
  rejectUnknown(options, known);
  if (options.connection !== undefined && options.connection !== null) return options;
  throw new InvalidOption("connection", "connection is missing: give it as BullMQ takes it");
}
