import { readFileSync } from "node:fs";
import { fileProblem, usage } from "../failure.ts";

/** The place of a key, certificate or passphrase; never the value of the flag itself. */
export type Material =
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "stdin" }
  | { readonly from: "text"; readonly text: string };

/** The source that a path in a flag or variable means: `-` is stdin. */
export function materialAt(path: string): Material {
  return path === "-" ? { from: "stdin" } : { from: "file", path };
}

/** The source of a setting, with its path where it is a file. */
export function sourceName({ value, source }: { readonly value: Material; readonly source: string }): string {
  return value.from === "file" ? `${source} ${value.path}` : source;
}

/** More than any key, certificate chain, payload or template has. */
const LONGEST = 16 * 1024 * 1024;

/**
 * Reads a material once.
 *
 * @param source its name in errors, such as `--key-file`
 * @throws CommandFailure, made by `fail`, if it cannot be read
 */
export function readMaterial(material: Material, source: string, fail = usage): Buffer {
  if (material.from === "text") return Buffer.from(material.text);
  const path = material.from === "file" ? material.path : 0;
  const name = material.from === "file" ? `${source} ${material.path}` : `${source} (stdin)`;
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw fail(`${name}: ${fileProblem(error)}`, { cause: error });
  }
  if (bytes.length === 0) throw fail(`${name}: the file is empty`);
  if (bytes.length > LONGEST) throw fail(`${name}: the file has ${bytes.length} bytes, more than it can be`);
  return bytes;
}
