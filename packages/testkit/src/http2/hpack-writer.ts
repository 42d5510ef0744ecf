import { staticTable } from "./static-table.ts";

/** Fields to write: an object, or pairs if order and repetition matter. */
export type Fields =
  | { readonly [name: string]: string | number }
  | readonly (readonly [name: string, value: string | number])[];

/**
 * Encodes a header block with literals without indexing and raw strings. Only the statuses of the static
 * table take one byte. The encoder has no state, so a script can write blocks in any order or drop a block.
 */
export function encodeFields(fields: Fields): Buffer {
  const pairs = Array.isArray(fields) ? (fields as [string, string | number][]) : Object.entries(fields);
  return Buffer.concat(pairs.flatMap(([name, value]) => encodeField(name, String(value))));
}

function encodeField(name: string, value: string): Buffer[] {
  const known = staticTable.findIndex((entry) => entry[0] === name && entry[1] === value) + 1;
  if (name === ":status" && known > 0) return [Buffer.of(0x80 | known)];
  return [Buffer.of(0x00), encodeString(name), encodeString(value)];
}

function encodeString(text: string): Buffer {
  const octets = Buffer.from(text, "latin1");
  return Buffer.concat([encodeInteger(octets.length, 7), octets]);
}

/** RFC 7541 §5.1, with the bits before the prefix zero. */
export function encodeInteger(value: number, prefixBits: number): Buffer {
  const full = 2 ** prefixBits - 1;
  if (value < full) return Buffer.of(value);
  const bytes = [full];
  let rest = value - full;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
