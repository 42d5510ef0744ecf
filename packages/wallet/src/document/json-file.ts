import { InvalidPackage } from "../errors.ts";
import { PackageFile } from "../files/package-file.ts";
import type { PackageFiles } from "../files/package-files.ts";
import { Place } from "./place.ts";
import { type Json, requireJsonObject } from "./rules.ts";

/**
 * Changes to the JSON of a model: members that replace those of the same name (`undefined` removes one), or a
 * function that gets a copy and returns the JSON to sign.
 */
export type Overrides = Readonly<Record<string, unknown>> | ((json: Record<string, unknown>) => object);

/** The main file of a package, as it will be signed. */
export interface JsonFile {
  readonly file: PackageFile;
  readonly json: Json;
}

/**
 * The main file of a model, with overrides. Without overrides, its bytes stay unchanged.
 *
 * @throws InvalidPackage for a missing file without overrides, and for a file that is not a JSON object
 */
export function readJsonFile(files: PackageFiles, name: string, overrides: Overrides | undefined): JsonFile {
  const found = files.get(name);
  if (found === undefined && overrides === undefined) {
    const similar = files.names.find((one) => one.toLowerCase().endsWith(name.toLowerCase()));
    const hint = similar === undefined ? "" : `; is ${similar} meant?`;
    throw new InvalidPackage("missing", `${name} is missing in the package${hint}`, { file: name });
  }
  const model = found === undefined ? {} : parsed(found);
  if (overrides === undefined) return { file: found!, json: model };
  const changed =
    typeof overrides === "function" ? overrides(structuredClone(model)) : { ...model, ...overrides };
  const bytes = Buffer.from(stringify(name, changed));
  // Checks the signed text itself, which has no `undefined`, dates and `toJSON` left.
  const json: unknown = JSON.parse(bytes.toString());
  requireJsonObject(json, new Place(name));
  requireShallow(json, name);
  return { file: new PackageFile(name, bytes), json };
}

/** Levels of objects and lists: Apple's documents have six. */
const DEEPEST = 64;

/** Deeper nesting would overflow the stack, here or in Wallet. */
function requireShallow(json: Json, name: string): void {
  let level: unknown[] = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw new Place(name).fail("invalid", `is nested deeper than ${DEEPEST} levels`);
    level = level.flatMap((one) => Object.values(one as object).filter(isNested));
  }
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

const models = new WeakMap<PackageFile, Json>();

function parsed(file: PackageFile): Json {
  const known = models.get(file);
  if (known !== undefined) return known;
  let json: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(file.bytes);
    json = JSON.parse(text);
  } catch (cause) {
    // Without Node.js's message, because it quotes the text around the mistake.
    const position = /position (\d+)/.exec((cause as Error).message)?.[1];
    const where = position === undefined ? "" : ` at position ${position}`;
    throw new InvalidPackage("unreadable", `${file.name} is not JSON in UTF-8: it fails${where}`, {
      file: file.name,
    });
  }
  requireJsonObject(json, new Place(file.name));
  requireShallow(json, file.name);
  models.set(file, json);
  return json;
}

function stringify(name: string, value: unknown): string {
  try {
    const text = JSON.stringify(value, withoutMilliseconds);
    if (text !== undefined) return text;
  } catch (cause) {
    throw new InvalidPackage("invalid", `${name} cannot be written as JSON`, { file: name }, { cause });
  }
  throw new Place(name).fail("invalid", "must be an object; the overrides returned something else");
}

/** W3C's dates have whole seconds; `Date.prototype.toJSON`, which is called before, writes milliseconds. */
function withoutMilliseconds(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  if (!(original instanceof Date) || Number.isNaN(original.getTime())) return value;
  return original.toISOString().replace(/\.\d{3}Z$/, "Z");
}
