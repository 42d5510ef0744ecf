import { decodeHuffman } from "./huffman.ts";
import { staticTable } from "./static-table.ts";

/** How the client chose to write a field (RFC 7541 §6). */
export type Indexing = "indexed" | "incremental" | "without" | "never";

export interface ReceivedField {
  readonly name: string;
  readonly value: string;
  readonly indexing: Indexing;
}

type Entry = readonly [name: string, value: string];

const sizeOf = ([name, value]: Entry) => name.length + value.length + 32;

/**
 * Decodes a client's header blocks, with its own dynamic table. Throws on all input that RFC 7541 forbids.
 */
export class HpackReader {
  /** The limit by this peer's acknowledged SETTINGS_HEADER_TABLE_SIZE. */
  limit = 4096;
  #maxSize = 4096;
  #size = 0;
  readonly #entries: Entry[] = [];

  /** Current size of the dynamic table in bytes. */
  get tableSize(): number {
    return this.#size;
  }

  read(block: Buffer): ReceivedField[] {
    const fields: ReceivedField[] = [];
    const cursor = new Cursor(block);
    while (!cursor.atEnd) {
      const first = cursor.peek();
      if ((first & 0xe0) === 0x20) {
        if (fields.length > 0) throw new Error("table size update after the first field (RFC 7541 §4.2)");
        this.#resize(cursor.integer(5));
        continue;
      }
      // RFC 7541 §4.2: a lowered limit must be acknowledged at the beginning of the next block.
      if (this.#maxSize > this.limit) throw new Error("no table size update after the limit was lowered");
      fields.push(this.#field(cursor, first));
    }
    return fields;
  }

  #field(cursor: Cursor, first: number): ReceivedField {
    if (first & 0x80) {
      const [name, value] = this.#entry(cursor.integer(7));
      return { name, value, indexing: "indexed" };
    }
    const indexing = first & 0x40 ? "incremental" : first & 0x10 ? "never" : "without";
    const nameIndex = cursor.integer(indexing === "incremental" ? 6 : 4);
    const name = nameIndex === 0 ? cursor.string() : this.#entry(nameIndex)[0];
    const value = cursor.string();
    if (indexing === "incremental") this.#add([name, value]);
    return { name, value, indexing };
  }

  #entry(index: number): Entry {
    const entry = staticTable[index - 1] ?? this.#entries[index - 1 - staticTable.length];
    if (entry === undefined) throw new Error(`index ${index} is in neither table`);
    return entry;
  }

  #add(entry: Entry): void {
    this.#entries.unshift(entry);
    this.#size += sizeOf(entry);
    this.#evict();
  }

  #resize(size: number): void {
    if (size > this.limit) throw new Error(`table size ${size} is over the limit of ${this.limit}`);
    this.#maxSize = size;
    this.#evict();
  }

  #evict(): void {
    while (this.#size > this.#maxSize) this.#size -= sizeOf(this.#entries.pop()!);
  }
}

class Cursor {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  peek(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new Error("header block ends in the middle of a field");
    return byte;
  }

  integer(prefixBits: number): number {
    const full = 2 ** prefixBits - 1;
    let value = this.#next() & full;
    if (value < full) return value;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#next();
      value += (byte & 0x7f) * scale;
      if (value > 2 ** 32) throw new Error("integer over 2^32");
      if ((byte & 0x80) === 0) return value;
    }
  }

  string(): string {
    const huffman = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    const octets = this.#bytes.subarray(this.#at, this.#at + length);
    if (octets.length < length) throw new Error("header block ends in the middle of a string");
    this.#at += length;
    return (huffman ? decodeHuffman(octets) : octets).toString("latin1");
  }

  #next(): number {
    const byte = this.peek();
    this.#at++;
    return byte;
  }
}
