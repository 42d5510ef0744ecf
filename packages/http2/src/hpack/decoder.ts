import { ErrorCode } from "../error-codes.ts";
import { ProtocolError } from "../errors.ts";
import { defaultSettings } from "../settings.ts";
import { DynamicTable, ENTRY_OVERHEAD, entryWeight } from "./dynamic-table.ts";
import { huffmanDecode } from "./huffman.ts";
import { IntegerReader } from "./integer.ts";
import { STATIC_TABLE_LENGTH, staticNames, staticValues } from "./static-table.ts";

/** HPACK decoder (RFC 7541). Strings hold one octet per character. */
export class Decoder {
  readonly #table = new DynamicTable(defaultSettings.headerTableSize);
  /** The largest table that the peer may choose: this end's acknowledged SETTINGS_HEADER_TABLE_SIZE. */
  #tableLimit = defaultSettings.headerTableSize;
  readonly #maxListSize: number;
  readonly #integers = new IntegerReader();
  #scratch: Buffer = Buffer.allocUnsafeSlow(256);
  /** Room for the fields of the block being decoded. */
  readonly #fields: string[] = [];
  /** Where the string that was read last ended. */
  #end = 0;
  /** True when the block that was decoded last held more than the allowed list size; its result is incomplete. */
  overflowed = false;

  /**
   * @param maxListSize octets of fields in one block, 32 for each included (RFC 9113 §6.5.2); beyond it the
   *   block is still decoded, since the table must follow, but its fields are dropped
   */
  constructor(maxListSize: number) {
    this.#maxListSize = maxListSize;
  }

  /**
   * Sets the octets of dynamic table that the peer may use. Call it when the peer has acknowledged this end's
   * SETTINGS_HEADER_TABLE_SIZE. If that is less than the table has now, the next block must begin with a size update
   * (RFC 9113 §4.3.1).
   */
  limitTable(size: number): void {
    this.#tableLimit = size;
  }

  /** Octets of the dynamic table in use. */
  get tableSize(): number {
    return this.#table.size;
  }

  /**
   * Decodes one whole header block to a list of name, value, name, value …
   *
   * @throws {@link ProtocolError} COMPRESSION_ERROR (RFC 7541 §2.3.3, §4.2, §5, §6.1, §6.3; RFC 9113 §4.3)
   */
  decode(bytes: Buffer, start: number, end: number): string[] {
    const fields = this.#fields;
    let count = 0;
    let listSize = 0;
    this.overflowed = false;
    let at = this.#sizeUpdates(bytes, start, end);
    while (at < end) {
      const first = bytes[at]!;
      let name: string;
      let value: string;
      if (first >= 0x80) {
        const index = this.#integer(bytes, at, end, 7);
        at = this.#end;
        name = this.#nameAt(index);
        value =
          index <= STATIC_TABLE_LENGTH
            ? staticValues[index]!
            : this.#table.value(index - STATIC_TABLE_LENGTH - 1)!;
      } else {
        const incremental = first >= 0x40;
        if (!incremental && first >= 0x20) throw corrupt("table size update inside a header block");
        const index = this.#integer(bytes, at, end, incremental ? 6 : 4);
        name = index === 0 ? this.#string(bytes, this.#end, end) : this.#nameAt(index);
        value = this.#string(bytes, this.#end, end);
        at = this.#end;
        if (incremental) this.#table.insert(name, value, entryWeight(name, value));
      }
      listSize += name.length + value.length + ENTRY_OVERHEAD;
      if (listSize <= this.#maxListSize) {
        fields[count++] = name;
        fields[count++] = value;
      } else this.overflowed = true;
    }
    // An array of exactly this size: an array that grows takes twice the memory.
    return fields.slice(0, count);
  }

  /** Size updates may stand at the start of a block only, two at most (RFC 7541 §4.2). */
  #sizeUpdates(bytes: Buffer, start: number, end: number): number {
    let at = start;
    for (let count = 0; at < end && (bytes[at]! & 0xe0) === 0x20; count++) {
      if (count === 2) throw corrupt("more than two table size updates in a header block");
      const size = this.#integer(bytes, at, end, 5);
      if (size > this.#tableLimit) throw corrupt(`table size ${size}, allowed are ${this.#tableLimit}`);
      this.#table.resize(size);
      at = this.#end;
    }
    if (this.#table.maxSize > this.#tableLimit) throw corrupt("a lowered table size was not taken up");
    return at;
  }

  #nameAt(index: number): string {
    if (index === 0) throw corrupt("index 0");
    const name =
      index <= STATIC_TABLE_LENGTH ? staticNames[index] : this.#table.name(index - STATIC_TABLE_LENGTH - 1);
    if (name === undefined) throw corrupt(`index ${index} is beyond both tables`);
    return name;
  }

  #integer(bytes: Buffer, at: number, end: number, prefixBits: number): number {
    if (at >= end) throw corrupt("header block is cut off");
    const value = this.#integers.read(bytes, at, end, prefixBits);
    if (value < 0) throw corrupt("integer is cut off or too large");
    this.#end = this.#integers.end;
    return value;
  }

  #string(bytes: Buffer, at: number, end: number): string {
    const length = this.#integer(bytes, at, end, 7);
    const from = this.#end;
    const to = from + length;
    if (to > end) throw corrupt("string is cut off");
    this.#end = to;
    if (bytes[at]! < 0x80) return bytes.toString("latin1", from, to);
    // The shortest code has five bits.
    const most = Math.floor((length * 8) / 5);
    if (most > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(most);
    const decoded = huffmanDecode(bytes, from, to, this.#scratch);
    if (decoded < 0) throw corrupt("string is not valid Huffman code");
    return this.#scratch.toString("latin1", 0, decoded);
  }
}

function corrupt(message: string): ProtocolError {
  return new ProtocolError(ErrorCode.COMPRESSION_ERROR, `HPACK: ${message}`);
}
