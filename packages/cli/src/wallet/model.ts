import type { Order, PackageFiles, Pass, SignedPackage, SignerOptions } from "@apnskit/wallet";
import { usage } from "../failure.ts";
import type { DataEntry } from "../options/parsers.ts";

/** The checked content of a folder or file, and how to sign it. */
export interface CheckedItem {
  readonly kind: "pass" | "order";
  readonly type: string;
  readonly id: string;
  readonly warnings: readonly string[];
  /** The content of the main file, including the authentication token. */
  readonly json: Record<string, unknown>;
  readonly sign: (options: SignerOptions) => SignedPackage;
}

/**
 * Checks a pass or an order.
 *
 * @throws InvalidPackage for the first mistake, CommandFailure for a folder with neither
 */
export async function checkItem(files: PackageFiles, set: readonly DataEntry[]): Promise<CheckedItem> {
  const wallet = await import("@apnskit/wallet");
  const overrides = overridesOf(set);
  if (files.has("order.json")) {
    const made: Order = wallet.order(files, overrides);
    return {
      kind: "order",
      type: made.orderTypeIdentifier,
      id: made.orderIdentifier,
      warnings: made.warnings,
      json: made.json(),
      sign: (options) => new wallet.OrderSigner(options).sign(made),
    };
  }
  if (!files.has("pass.json")) throw usage("the package has neither pass.json nor order.json");
  const made: Pass = wallet.pass(files, overrides);
  return {
    kind: "pass",
    type: made.passTypeIdentifier,
    id: made.serialNumber,
    warnings: made.warnings,
    json: made.json(),
    sign: (options) => new wallet.PassSigner(options).sign(made),
  };
}

/** The members that `--set` replaces; `undefined` for none, so the file's bytes stay unchanged. */
export function overridesOf(set: readonly DataEntry[]): Record<string, unknown> | undefined {
  return set.length === 0 ? undefined : Object.fromEntries(set.map(({ key, value }) => [key, value]));
}
