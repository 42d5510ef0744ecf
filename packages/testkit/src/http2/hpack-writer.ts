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
  // Octets as characters: one conversion at the end instead of many small buffers.
  let block = "";
  for (const [name, value] of pairs) block += encodeField(name, String(value));
  return Buffer.from(block, "latin1");
}

function encodeField(name: string, value: string): string {
  const known = name === ":status" ? (statuses.get(value) ?? 0) : 0;
  if (known > 0) return String.fromCharCode(0x80 | known);
  return `\0${encodeString(name)}${encodeString(value)}`;
}

/** Places in the static table, from 1, by status. */
const statuses = new Map(
  staticTable.flatMap(([name, value], place) => (name === ":status" ? [[value, place + 1] as const] : [])),
);

/** The field's octets are its characters' lower halves, as `latin1` has them. */
function encodeString(text: string): string {
  const { length } = text;
  return (length < 0x7f ? String.fromCharCode(length) : encodeInteger(length, 7).toString("latin1")) + text;
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
