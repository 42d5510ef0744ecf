import { inspect } from "node:util";
import { requireObject } from "@apnskit/connection/internal";
import { checkOptions } from "apnskit/internal";
import { type Overrides, readJsonFile } from "../document/json-file.ts";
import { checkLocalisations, type Localisations, withLocalisations } from "../document/localisations.ts";
import { Place } from "../document/place.ts";
import type { Json } from "../document/rules.ts";
import { type FilesInput, PackageFiles } from "../files/package-files.ts";
import { checkOrderJson, imagesOf } from "./order-rules.ts";

/** What one order adds to its model's files. */
export interface OrderExtras {
  /** Files beside those of the model, or in place of them. */
  readonly files?: FilesInput | undefined;
  /** Texts for `<language>.lproj/order.strings`, added to those of the model. */
  readonly localisations?: Localisations | undefined;
}

const JSON_NAME = "order.json";
const STRINGS_NAME = "order.strings";

/** A checked order that is not signed yet. Made by {@link order}. */
export class Order {
  /** Unique together with {@link Order.orderTypeIdentifier}. */
  readonly orderIdentifier: string;
  readonly orderTypeIdentifier: string;
  /** Probable mistakes that Wallet accepts, in words. */
  readonly warnings: readonly string[];
  /** All files, `order.json` included. */
  readonly files: PackageFiles;

  /** @internal */
  constructor(files: PackageFiles, json: Json, warnings: readonly string[]) {
    this.files = files;
    this.orderIdentifier = json.orderIdentifier as string;
    this.orderTypeIdentifier = json.orderTypeIdentifier as string;
    this.warnings = warnings;
  }

  /** A copy of `order.json`. It contains the authentication token, which is secret. */
  json(): Record<string, unknown> {
    return JSON.parse(Buffer.from(this.files.get(JSON_NAME)!.bytes).toString()) as Record<string, unknown>;
  }

  /** @internal */
  [inspect.custom](): string {
    return `Order(${this.orderTypeIdentifier} ${this.orderIdentifier})`;
  }
}

/**
 * An order from a model: the members of `overrides` replace those of `order.json`. The order is checked by
 * Apple's documented rules; undocumented members pass. A `Date` becomes the text that Wallet wants.
 *
 * @param model the files of the model: from `loadModel`, or an object of files
 * @throws InvalidPackage for the first mistake that keeps Wallet from accepting the order
 * @throws InvalidOption for an unknown name in `extras`
 */
export function order(
  model: PackageFiles | FilesInput,
  overrides?: Overrides,
  extras: OrderExtras = {},
): Order {
  requireObject("extras", extras);
  checkOptions("order()", extras, ["files", "localisations"]);
  let files = PackageFiles.of(model);
  if (extras.files !== undefined) files = files.with(extras.files);
  if (extras.localisations !== undefined) {
    files = withLocalisations(files, STRINGS_NAME, extras.localisations);
  }
  checkLocalisations(files, STRINGS_NAME);
  const { file, json } = readJsonFile(files, JSON_NAME, overrides);
  const place = new Place(JSON_NAME);
  checkOrderJson(json, place);
  for (const [here, name] of imagesOf(json, place)) {
    if (!hasImage(files, name)) {
      throw here.fail("missing", `names the image ${name}, which is not in the package`);
    }
  }
  return new Order(files.withFile(file), json, Object.freeze([...place.warnings]));
}

/** An image may exist only in the folders of the languages. */
function hasImage(files: PackageFiles, name: string): boolean {
  return files.has(name) || files.names.some((one) => one.endsWith(`.lproj/${name}`));
}
