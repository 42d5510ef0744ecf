import type { Order, PackageFiles, Pass, SignedPackage, SignerOptions } from "@apnskit/wallet";
import { usage } from "../failure.ts";
import type { DataEntry } from "../options/parsers.ts";

/** What a folder or file holds, checked, and how to sign it. */
export interface CheckedItem {
  readonly kind: "pass" | "order";
  readonly type: string;
  readonly id: string;
  readonly warnings: readonly string[];
  /** What the main file says. Holds the authentication token. */
  readonly json: Record<string, unknown>;
  readonly sign: (options: SignerOptions) => SignedPackage;
}

/**
 * Checks a pass or an order.
 *
 * @throws InvalidPackage for the first thing that is wrong, CommandFailure for a folder with neither
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

/** What `--set` replaces; `undefined` for nothing, so that the file's bytes stay as they are. */
export function overridesOf(set: readonly DataEntry[]): Record<string, unknown> | undefined {
  return set.length === 0 ? undefined : Object.fromEntries(set.map(({ key, value }) => [key, value]));
}
