import { codeLengths, codes, EOS } from "../../src/hpack/huffman-code.ts";
import { staticNames, staticValues } from "../../src/hpack/static-table.ts";

/** A header block that is no HPACK, as the reference sees it. */
export class NotHpack extends Error {}

/**
 * HPACK decoding as RFC 7541 spells it out, one bit and one list at a time: slow, and with nothing in it that could be
 * clever. It shares only the two tables of the RFC's appendices with the decoder that it is compared to; they have tests
 * of their own.
 */
export class ReferenceDecoder {
  #table: [name: string, value: string][] = [];
  #maxSize = 4_096;
  limit = 4_096;

  get tableSize(): number {
    return this.#table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  decode(block: Uint8Array): string[] {
    const bytes = [...block];
    const fields: string[] = [];
    for (let updates = 0; bytes.length > 0 && bytes[0]! >> 5 === 1; updates++) {
      const size = integer(bytes, 5);
      if (updates === 2 || size > this.limit) throw new NotHpack("size update");
      this.#maxSize = size;
      this.#evict(size);
    }
    if (this.#maxSize > this.limit) throw new NotHpack("size not lowered");
    while (bytes.length > 0) {
      const first = bytes[0]!;
      if (first >> 7 === 1) {
        fields.push(...this.#entry(integer(bytes, 7)));
      } else if (first >> 6 === 1) {
        const field = this.#literal(bytes, 6);
        fields.push(...field);
        const weight = field[0].length + field[1].length + 32;
        this.#evict(this.#maxSize - weight);
        if (weight <= this.#maxSize) this.#table.unshift(field);
      } else if (first >> 5 === 1) {
        throw new NotHpack("size update inside");
      } else {
        fields.push(...this.#literal(bytes, 4));
      }
    }
    return fields;
  }

  #literal(bytes: number[], prefixBits: number): [string, string] {
    const index = integer(bytes, prefixBits);
    const name = index === 0 ? string(bytes) : this.#entry(index)[0];
    return [name, string(bytes)];
  }

  #entry(index: number): [string, string] {
    if (index === 0) throw new NotHpack("index 0");
    if (index <= 61) return [staticNames[index]!, staticValues[index]!];
    const entry = this.#table[index - 62];
    if (!entry) throw new NotHpack("index");
    return entry;
  }

  #evict(size: number): void {
    while (this.#table.length > 0 && this.tableSize > size) this.#table.pop();
  }
}

function integer(bytes: number[], prefixBits: number): number {
  const limit = 2 ** prefixBits - 1;
  let value = (bytes.shift() ?? fail("integer")) & limit;
  if (value < limit) return value;
  for (let octets = 0; ; octets++) {
    // The bound is the implementation's own choice (RFC 7541 §5.1).
    if (octets === 4) throw new NotHpack("integer too long");
    const octet = bytes.shift() ?? fail("integer");
    value += (octet & 127) * 128 ** octets;
    if (octet < 128) return value;
  }
}

function string(bytes: number[]): string {
  const huffman = (bytes[0] ?? fail("string")) >= 128;
  const length = integer(bytes, 7);
  if (length > bytes.length) throw new NotHpack("string");
  const octets = bytes.splice(0, length);
  return String.fromCharCode(...(huffman ? unpack(octets) : octets));
}

const symbols = new Map(
  codes.map((code, symbol) => [code.toString(2).padStart(codeLengths[symbol]!, "0"), symbol]),
);

function unpack(octets: readonly number[]): number[] {
  const bits = octets.map((octet) => octet.toString(2).padStart(8, "0")).join("");
  const out: number[] = [];
  let from = 0;
  for (let to = 1; to <= bits.length; to++) {
    const symbol = symbols.get(bits.slice(from, to));
    if (symbol === undefined) {
      if (to - from > 30) throw new NotHpack("code");
      continue;
    }
    if (symbol === EOS) throw new NotHpack("EOS");
    out.push(symbol);
    from = to;
  }
  if (!/^1{0,7}$/.test(bits.slice(from))) throw new NotHpack("padding");
  return out;
}

function fail(what: string): never {
  throw new NotHpack(`${what} is cut off`);
}
