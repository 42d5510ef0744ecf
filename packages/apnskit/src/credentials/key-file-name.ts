import { pathOf } from "./source.ts";

/** The word before the id, the id, and the suffix of copies. */
const NAMED =
  /(?:^|[^A-Za-z0-9])((?:apns[_. -]?)?(?:auth[_. -]?)?key|apns)[_. -]([A-Za-z0-9]{10})(?![A-Za-z0-9])[^/\\]{0,40}$/i;

/**
 * The key id in the name of a key file. Apple names it `AuthKey_ABC123DEFG.p8`; common variants are
 * `AuthKey-ABC123DEFG.p8`, `apns_key_abc123defg.pem` and `AuthKey_ABC123DEFG (1).p8`.
 *
 * @returns `undefined` for a source that is no file, and for a file with another name
 */
export function keyIdOfFile(source: unknown): string | undefined {
  const name = pathOf(source)?.split(/[/\\]/).at(-1) ?? "";
  const [, word, id] = NAMED.exec(name) ?? [];
  if (id === undefined) return undefined;
  // Ten letters without a digit are usually a word, such as `production`.
  const certain = /\d/.test(id) || (word === "AuthKey" && id === id.toUpperCase());
  return certain ? id : undefined;
}
