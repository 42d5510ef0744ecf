import { rejectUnknown, requireObject } from "@apnskit/connection/internal";
import { InvalidOption } from "apnskit";

/** @throws InvalidOption for options that are no object, lack a connection, or have unknown names */
export function readStoreOptions<Options extends { readonly connection: unknown }>(
  options: Options,
  known: readonly (keyof Options & string)[],
): Options {
  requireObject("options", options);
  rejectUnknown(options, known);
  if (options.connection !== undefined && options.connection !== null) return options;
  throw new InvalidOption("connection", "connection is missing: give it as BullMQ takes it");
}
