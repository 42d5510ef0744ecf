import { inspect } from "node:util";
import { requireObject } from "@apnskit/connection/internal";
import { checkOptions } from "apnskit/internal";
import { type Overrides, readJsonFile } from "../document/json-file.ts";
import { checkLocalisations, type Localisations, withLocalisations } from "../document/localisations.ts";
import { Place } from "../document/place.ts";
import type { Json } from "../document/rules.ts";
import { type FilesInput, PackageFiles } from "../files/package-files.ts";
import { checkImages } from "./pass-images.ts";
import { checkPassJson, type PassStyle, styleOf } from "./pass-rules.ts";

/** What one pass adds to its model's files. */
export interface PassExtras {
  /** Files beside those of the model, or in place of them. */
  readonly files?: FilesInput | undefined;
  /** Texts for `<language>.lproj/pass.strings`, added to those of the model. */
  readonly localisations?: Localisations | undefined;
}

const JSON_NAME = "pass.json";
const STRINGS_NAME = "pass.strings";

/** A checked pass that is not signed yet. Made by {@link pass}. */
export class Pass {
  /** Unique together with {@link Pass.passTypeIdentifier}. */
  readonly serialNumber: string;
  readonly passTypeIdentifier: string;
  readonly teamIdentifier: string;
  readonly style: PassStyle;
  /** Probable mistakes that Wallet accepts, in words. */
  readonly warnings: readonly string[];
  /** All files, `pass.json` included. */
  readonly files: PackageFiles;

  /** @internal */
  constructor(files: PackageFiles, json: Json, warnings: readonly string[]) {
    this.files = files;
    this.serialNumber = json.serialNumber as string;
    this.passTypeIdentifier = json.passTypeIdentifier as string;
    this.teamIdentifier = json.teamIdentifier as string;
    this.style = styleOf(json);
    this.warnings = warnings;
  }

  /** A copy of `pass.json`. It contains the authentication token, which is secret. */
  json(): Record<string, unknown> {
    return JSON.parse(Buffer.from(this.files.get(JSON_NAME)!.bytes).toString()) as Record<string, unknown>;
  }

  /** @internal */
  [inspect.custom](): string {
    return `Pass(${this.passTypeIdentifier} ${this.serialNumber}, ${this.style})`;
  }
}

/**
 * A pass from a model: the members of `overrides` replace those of `pass.json`. Everything is checked by
 * Apple's documented rules; undocumented members pass. A `Date` becomes the text that Wallet wants.
 *
 * @param model the files of the model: from `loadModel`, or an object of files
 * @throws InvalidPackage for the first mistake that keeps Wallet from accepting the pass
 * @throws InvalidOption for an unknown name in `extras`
 */
export function pass(model: PackageFiles | FilesInput, overrides?: Overrides, extras: PassExtras = {}): Pass {
  requireObject("extras", extras);
  checkOptions("pass()", extras, ["files", "localisations"]);
  let files = PackageFiles.of(model);
  if (extras.files !== undefined) files = files.with(extras.files);
  if (extras.localisations !== undefined) {
    files = withLocalisations(files, STRINGS_NAME, extras.localisations);
  }
  const oddImages = checkFiles(files);
  const { file, json } = readJsonFile(files, JSON_NAME, overrides);
  const place = new Place(JSON_NAME);
  checkPassJson(json, place);
  return new Pass(files.withFile(file), json, Object.freeze([...oddImages, ...place.warnings]));
}

/** The files of a model are the same for all its passes: they are checked once. */
const checked = new WeakMap<PackageFiles, readonly string[]>();

function checkFiles(files: PackageFiles): readonly string[] {
  const known = checked.get(files);
  if (known !== undefined) return known;
  checkLocalisations(files, STRINGS_NAME);
  const warnings = checkImages(files);
  checked.set(files, warnings);
  return warnings;
}
