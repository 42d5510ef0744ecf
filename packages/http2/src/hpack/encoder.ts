import type { Field, FieldList } from "../field-list.ts";
import type { OutputBuffer } from "../output-buffer.ts";
import { defaultSettings } from "../settings.ts";
import { DynamicTable, entryWeight } from "./dynamic-table.ts";
import { huffmanEncode, huffmanLength } from "./huffman.ts";
import { writeInteger } from "./integer.ts";
import { STATIC_TABLE_LENGTH, staticName } from "./static-table.ts";

/** First bits of each representation, and how many bits of the first octet hold the index (RFC 7541 §6). */
const INDEXED = 0x80;
const INCREMENTAL = 0x40;
const SIZE_UPDATE = 0x20;
const NEVER = 0x10;
const WITHOUT = 0x00;
const HUFFMAN = 0x80;

/** Characters up to which a loop is faster than a call into native code. */
const SHORT = 16;

/** When the fields of one name were last inserted. */
interface InsertedName {
  nth: number;
  readonly values: Map<string, number>;
}

/** The encoded form of a field list, valid while the table is in the state numbered `epoch`. */
interface Encoded {
  epoch: number;
  bytes: Uint8Array;
}

/**
 * HPACK encoder (RFC 7541).
 *
 * The encoder is fast because it remembers encoded lists. Once the constant fields of a {@link FieldList} are
 * in the dynamic table, encoding the list does not change the table. Until another entry enters the table,
 * the same octets stand for the list. So the encoder encodes a repeated list a few times at most, then copies
 * its octets. It does not keep the octets of a list that occurs once: that would cost more than encoding the
 * list.
 *
 * Constant values are sent once, so the encoder uses the Huffman code if it is shorter. Values of single requests are sent
 * raw: coding them takes more time than the saved octets are worth.
 */
export class Encoder {
  readonly #tableCap: number;
  readonly #table: DynamicTable;
  /** Number of entries ever inserted; an entry's place in the table follows from when it was inserted. */
  #inserted = 0;
  /** When each name, and each value of it, was last inserted; holds no more than the table. */
  readonly #insertedNames = new Map<string, InsertedName>();
  /** Changes when an index may stand for another entry than before. */
  #epoch = 0;
  readonly #memory = new WeakMap<FieldList, Encoded>();
  // Most requests use the lists of the previous request: the pseudo-header fields, then the headers.
  #lastList: FieldList | undefined;
  #lastEncoded: Encoded | undefined;
  #lastButOneList: FieldList | undefined;
  #lastButOneEncoded: Encoded | undefined;
  /** Table sizes to announce at the start of the next block: the smallest since the last, then the final one. */
  #announce: { smallest: number; final: number } | undefined;

  /** @param tableCap octets of dynamic table to use at most, whatever the peer allows */
  constructor(tableCap: number) {
    this.#tableCap = tableCap;
    const { headerTableSize } = defaultSettings;
    const final = Math.min(tableCap, headerTableSize);
    this.#table = new DynamicTable(final);
    // The peer's decoder begins with a table of 4,096 octets. If the encoder did not announce its smaller table, the peer
    // would expect an acknowledgement of every limit that it lowers later (RFC 9113 §4.3.1).
    if (final < headerTableSize) this.#announce = { smallest: final, final };
  }

  /** Octets of the dynamic table in use. */
  get tableSize(): number {
    return this.#table.size;
  }

  /** Follows the peer's SETTINGS_HEADER_TABLE_SIZE (RFC 7541 §4.2). */
  setPeerTableSize(size: number): void {
    const final = Math.min(size, this.#tableCap);
    if (final === this.#table.maxSize && this.#announce === undefined) return;
    const smallest = Math.min(final, this.#announce?.smallest ?? final);
    this.#announce = { smallest, final };
    const before = this.#table.maxSize;
    const evicted = this.#table.resize(smallest);
    this.#table.resize(final);
    if (evicted > 0) this.#forgetEvicted();
    // A larger table may have room for fields that were encoded as literals before.
    if (evicted > 0 || final > before) this.#epoch++;
  }

  /** Announces a changed table size. Call it at the start of every header block. */
  beginBlock(out: OutputBuffer): void {
    if (this.#announce === undefined) return;
    const { smallest, final } = this.#announce;
    this.#announce = undefined;
    out.reserve(12);
    if (smallest < final) out.length = writeInteger(out.bytes, out.length, SIZE_UPDATE, 5, smallest);
    out.length = writeInteger(out.bytes, out.length, SIZE_UPDATE, 5, final);
  }

  /** Encodes a list of fields. */
  encodeList(list: FieldList, out: OutputBuffer): void {
    const known = this.#recall(list);
    if (known !== undefined && known.epoch === this.#epoch) {
      out.reserve(known.bytes.length);
      out.append(known.bytes, 0, known.bytes.length);
      return;
    }
    const before = this.#epoch;
    const start = out.length;
    this.encodeFields(list.fields, list.maxEncodedLength, out);
    if (this.#epoch !== before) return;
    if (!list.encodedOnce) {
      list.encodedOnce = true;
      return;
    }
    const bytes = Uint8Array.prototype.slice.call(out.bytes, start, out.length);
    if (known !== undefined) {
      known.epoch = before;
      known.bytes = bytes;
    } else {
      const encoded = { epoch: before, bytes };
      this.#memory.set(list, encoded);
      this.#noteLast(list, encoded);
    }
  }

  /** The remembered form of a list, perhaps from an earlier state of the table. */
  #recall(list: FieldList): Encoded | undefined {
    if (list === this.#lastList) return this.#lastEncoded;
    if (list === this.#lastButOneList) return this.#lastButOneEncoded;
    if (!list.encodedOnce) return undefined;
    const known = this.#memory.get(list);
    if (known !== undefined) this.#noteLast(list, known);
    return known;
  }

  #noteLast(list: FieldList, encoded: Encoded): void {
    this.#lastButOneList = this.#lastList;
    this.#lastButOneEncoded = this.#lastEncoded;
    this.#lastList = list;
    this.#lastEncoded = encoded;
  }

  /** Encodes fields that no later block will repeat. */
  encodeFields(fields: readonly Field[], maxEncodedLength: number, out: OutputBuffer): void {
    out.reserve(maxEncodedLength);
    for (const field of fields) this.#encodeField(field, out);
  }

  /** Encodes a field that differs with every request, with a name from the static table, as a literal without indexing. */
  encodeLiteral(staticIndex: number, value: string, out: OutputBuffer): void {
    out.reserve(value.length + 12);
    out.length = writeInteger(out.bytes, out.length, WITHOUT, 4, staticIndex);
    writeRaw(value, out);
  }

  #encodeField({ name, value, indexing }: Field, out: OutputBuffer): void {
    const fixed = staticName(name);
    const inserted = this.#insertedNames.get(name);
    if (indexing === "indexed") {
      const index = fixed?.values.get(value) ?? this.#indexOf(inserted?.values.get(value));
      if (index > 0) {
        out.length = writeInteger(out.bytes, out.length, INDEXED, 7, index);
        return;
      }
    }
    const nameIndex = fixed?.index ?? this.#indexOf(inserted?.nth);
    const weight = entryWeight(name, value);
    const inserts =
      (indexing === "indexed" || (indexing === "name" && nameIndex === 0)) && weight <= this.#table.maxSize;
    if (inserts) {
      this.#writeLiteral(INCREMENTAL, 6, nameIndex, name, value, out);
      this.#insert(name, value, weight);
    } else {
      this.#writeLiteral(indexing === "never" ? NEVER : WITHOUT, 4, nameIndex, name, value, out);
    }
  }

  #writeLiteral(
    flags: number,
    prefixBits: number,
    nameIndex: number,
    name: string,
    value: string,
    out: OutputBuffer,
  ): void {
    out.length = writeInteger(out.bytes, out.length, flags, prefixBits, nameIndex);
    if (nameIndex === 0) writeShorter(name, out);
    if (flags === INCREMENTAL) writeShorter(value, out);
    else writeRaw(value, out);
  }

  #insert(name: string, value: string, weight: number): void {
    const evicted = this.#table.insert(name, value, weight);
    this.#inserted++;
    this.#epoch++;
    const known = this.#insertedNames.get(name);
    if (known === undefined) {
      this.#insertedNames.set(name, { nth: this.#inserted, values: new Map([[value, this.#inserted]]) });
    } else {
      known.nth = this.#inserted;
      known.values.set(value, this.#inserted);
    }
    if (evicted > 0) this.#forgetEvicted();
  }

  /** The index of the entry that was the nth to be inserted (RFC 7541 §2.3.3), or 0 if it is gone. */
  #indexOf(nth: number | undefined): number {
    if (nth === undefined) return 0;
    const position = this.#inserted - nth;
    return position < this.#table.length ? STATIC_TABLE_LENGTH + 1 + position : 0;
  }

  /** Drops the places of evicted entries, so that the maps hold no more than the table. */
  #forgetEvicted(): void {
    const oldest = this.#inserted - this.#table.length + 1;
    for (const [name, inserted] of this.#insertedNames) {
      if (inserted.nth < oldest) {
        this.#insertedNames.delete(name);
        continue;
      }
      for (const [value, nth] of inserted.values) {
        if (nth < oldest) inserted.values.delete(value);
      }
    }
  }
}

function writeShorter(value: string, out: OutputBuffer): void {
  const octets = Buffer.from(value, "latin1");
  const coded = huffmanLength(octets);
  if (coded >= octets.length) {
    writeRaw(value, out);
    return;
  }
  out.length = writeInteger(out.bytes, out.length, HUFFMAN, 7, coded);
  out.length = huffmanEncode(octets, out.bytes, out.length);
}

function writeRaw(value: string, out: OutputBuffer): void {
  const bytes = out.bytes;
  const length = value.length;
  const at = writeInteger(bytes, out.length, 0, 7, length);
  out.length = at + length;
  if (length > SHORT) {
    bytes.write(value, at, length, "latin1");
    return;
  }
  for (let i = 0; i < length; i++) bytes[at + i] = value.charCodeAt(i);
}
