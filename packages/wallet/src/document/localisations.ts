import { received } from "@apnskit/connection/internal";
import { InvalidPackage } from "../errors.ts";
import type { PackageFile } from "../files/package-file.ts";
import type { PackageFiles } from "../files/package-files.ts";
import { readStrings, type Texts, writeStrings } from "./strings-file.ts";

/** Texts by language, such as `{ de: { Gate: "Flugsteig" } }`. */
export type Localisations = Readonly<Record<string, Texts>>;

/** A language as Apple names its folders: `de`, `zh-Hans`, `pt-BR`. */
const LANGUAGE = /^[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*$/;

/**
 * Checks the localised files: the names of the folders, and that their texts can be read.
 *
 * @param stringsName `pass.strings` or `order.strings`
 * @throws InvalidPackage
 */
export function checkLocalisations(files: PackageFiles, stringsName: string): void {
  for (const file of files) {
    const [folder, ...rest] = file.name.split("/");
    if (rest.length === 0 || folder?.endsWith(".lproj") !== true) continue;
    requireLanguage(folder.slice(0, -".lproj".length), file.name);
    if (rest.join("/") === stringsName) readStrings(file);
  }
}

/**
 * Adds texts to those of the files.
 *
 * @throws InvalidPackage for an invalid language or text
 */
export function withLocalisations(
  files: PackageFiles,
  stringsName: string,
  localisations: Localisations,
): PackageFiles {
  let result = files;
  for (const [language, texts] of Object.entries(localisations)) {
    requireLanguage(language, `${language}.lproj`);
    const name = `${language}.lproj/${stringsName}`;
    const found: PackageFile | undefined = result.get(name);
    const merged = found === undefined ? new Map<string, string>() : readStrings(found);
    for (const [key, text] of entriesOf(name, texts)) merged.set(key, text);
    result = result.withFile(writeStrings(name, merged));
  }
  return result;
}

function entriesOf(name: string, texts: unknown): [string, string][] {
  if (typeof texts !== "object" || texts === null) {
    throw new InvalidPackage("invalid", `${name} must be an object of strings${received(texts)}`, {
      file: name,
    });
  }
  return Object.entries(texts).map(([key, text]: [string, unknown]) => {
    if (typeof text === "string") return [key, text];
    const message = `${name}: the text of a key must be a string${received(text)}`;
    throw new InvalidPackage("invalid", message, { file: name });
  });
}

function requireLanguage(language: string, file: string): void {
  if (LANGUAGE.test(language)) return;
  const rule = "the folder of a language is named such as de.lproj or pt-BR.lproj";
  throw new InvalidPackage("invalid", `${file}: ${rule}`, { file });
}
