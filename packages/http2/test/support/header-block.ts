import { octets } from "./frames.ts";

/** Header blocks written out by hand after RFC 7541 §5 and §6, without the package's encoder. */

export function integer(flags: number, prefixBits: number, value: number): number[] {
  const limit = 2 ** prefixBits - 1;
  if (value < limit) return [flags | value];
  const out = [flags | limit];
  let rest = value - limit;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...out, rest];
}

export function text(value: string): Buffer {
  return octets(integer(0, 7, value.length), value);
}

export const indexed = (index: number): number[] => integer(0x80, 7, index);
export const tableSize = (size: number): number[] => integer(0x20, 5, size);

/** A literal that enters the dynamic table; the name is an index or written out. */
export function incremental(name: string | number, value: string): Buffer {
  return literalField(0x40, 6, name, value);
}

export function withoutIndexing(name: string | number, value: string): Buffer {
  return literalField(0x00, 4, name, value);
}

export function neverIndexed(name: string | number, value: string): Buffer {
  return literalField(0x10, 4, name, value);
}

function literalField(flags: number, prefixBits: number, name: string | number, value: string): Buffer {
  return typeof name === "number"
    ? octets(integer(flags, prefixBits, name), text(value))
    : octets([flags], text(name), text(value));
}

/** A header block of literals that leaves the dynamic table alone. */
export function block(...fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return octets(...fields.map(([name, value]) => withoutIndexing(name, value)));
}

/** `:status: 200`, from the static table. */
export const status200: readonly number[] = indexed(8);

export function status(code: number | string): Buffer {
  return withoutIndexing(8, String(code));
}
