import { inspect } from "node:util";
import { type Overrides, readJsonFile } from "../document/json-file.ts";
import { Place } from "../document/place.ts";
import type { Json } from "../document/rules.ts";
import { type FilesInput, PackageFiles } from "../files/package-files.ts";
import { checkIcons, checkWebsiteJson } from "./website-rules.ts";

const JSON_NAME = "website.json";

/** A checked push package for Safari 15 and older that is not signed yet. Made by {@link pushPackage}. */
export class PushPackage {
  readonly websitePushID: string;
  /** Probable mistakes that Safari accepts, in words. */
  readonly warnings: readonly string[];
  /** All files, `website.json` included. */
  readonly files: PackageFiles;

  /** @internal */
  constructor(files: PackageFiles, json: Json, warnings: readonly string[]) {
    this.files = files;
    this.websitePushID = json.websitePushID as string;
    this.warnings = warnings;
  }

  /** A copy of `website.json`. It contains the authentication token, which is secret. */
  json(): Record<string, unknown> {
    return JSON.parse(Buffer.from(this.files.get(JSON_NAME)!.bytes).toString()) as Record<string, unknown>;
  }

  /** @internal */
  [inspect.custom](): string {
    return `PushPackage(${this.websitePushID})`;
  }
}

/**
 * A push package from a model: `website.json` with `overrides`, and the six icons. Legacy: Safari 16 and
 * newer use Web Push, and need none.
 *
 * @param model the files of the model: from `loadModel`, or an object of files
 * @throws InvalidPackage for the first mistake that keeps Safari from accepting the package
 */
export function pushPackage(model: PackageFiles | FilesInput, overrides?: Overrides): PushPackage {
  const files = PackageFiles.of(model);
  checkIcons(files);
  const { file, json } = readJsonFile(files, JSON_NAME, overrides);
  const place = new Place(JSON_NAME);
  checkWebsiteJson(json, place);
  return new PushPackage(files.withFile(file), json, Object.freeze([...place.warnings]));
}
