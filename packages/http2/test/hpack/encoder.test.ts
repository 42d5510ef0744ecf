import { describe, expect, test } from "vitest";
import { type Field, FieldList, type Indexing } from "../../src/field-list.ts";
import { Decoder } from "../../src/hpack/decoder.ts";
import { Encoder } from "../../src/hpack/encoder.ts";
import { OutputBuffer } from "../../src/output-buffer.ts";
import { octets } from "../support/frames.ts";
import {
  incremental,
  indexed,
  neverIndexed,
  tableSize,
  text,
  withoutIndexing,
} from "../support/header-block.ts";
import { retainedBy } from "../support/memory.ts";

const field = (name: string, value: string, indexing: Indexing): Field => ({ name, value, indexing });

/** One header block of these fields, with the announcements that are due. */
function encode(encoder: Encoder, ...fields: readonly Field[]): Buffer {
  const out = new OutputBuffer();
  encoder.beginBlock(out);
  encoder.encodeFields(fields, 10_000, out);
  return Buffer.from(out.take() ?? []);
}

function encodeList(encoder: Encoder, list: FieldList): Buffer {
  const out = new OutputBuffer();
  encoder.beginBlock(out);
  encoder.encodeList(list, out);
  return Buffer.from(out.take() ?? []);
}

/** Names and values that the Huffman code makes no shorter, so that blocks can be written down by hand. */
const NAME = "~{}";
const VALUE = "\\<>";

describe("policies (RFC 7541 §6)", () => {
  test("indexed: literal with incremental indexing the first time, one octet from then on", () => {
    const encoder = new Encoder(4_096);
    expect(encode(encoder, field(NAME, VALUE, "indexed"))).toEqual(incremental(NAME, VALUE));
    expect(encode(encoder, field(NAME, VALUE, "indexed"))).toEqual(octets(indexed(62)));
  });

  test("indexed: a known name is referred to, from the static table first", () => {
    const encoder = new Encoder(4_096);
    expect(encode(encoder, field("authorization", VALUE, "indexed"))).toEqual(incremental(23, VALUE));
    expect(encode(encoder, field(NAME, VALUE, "indexed"))).toEqual(incremental(NAME, VALUE));
    expect(encode(encoder, field(NAME, "<<<", "indexed"))).toEqual(incremental(62, "<<<"));
    expect(encode(encoder, field(NAME, ">>>", "indexed"))).toEqual(incremental(62, ">>>"));
  });

  test("name: the first field enters the table, later ones refer to its name and leave the table alone", () => {
    const encoder = new Encoder(4_096);
    expect(encode(encoder, field(NAME, VALUE, "name"))).toEqual(incremental(NAME, VALUE));
    expect(encode(encoder, field(NAME, "<<<", "name"))).toEqual(withoutIndexing(62, "<<<"));
    expect(encode(encoder, field(NAME, VALUE, "name"))).toEqual(withoutIndexing(62, VALUE));
    expect(encoder.tableSize).toBe(3 + 3 + 32);
  });

  test("name: a name of the static table needs no entry", () => {
    const encoder = new Encoder(4_096);
    expect(encode(encoder, field("authorization", VALUE, "name"))).toEqual(withoutIndexing(23, VALUE));
    expect(encoder.tableSize).toBe(0);
  });

  test("literal: never enters the table", () => {
    const encoder = new Encoder(4_096);
    expect(encode(encoder, field(NAME, VALUE, "literal"))).toEqual(withoutIndexing(NAME, VALUE));
    expect(encode(encoder, field(":path", "/x", "literal"))).toEqual(withoutIndexing(4, "/x"));
    expect(encoder.tableSize).toBe(0);
  });

  test("never: says so on the wire, known name or not", () => {
    const encoder = new Encoder(4_096);
    expect(encode(encoder, field(NAME, VALUE, "never"))).toEqual(neverIndexed(NAME, VALUE));
    expect(encode(encoder, field("authorization", VALUE, "never"))).toEqual(neverIndexed(23, VALUE));
    expect(encoder.tableSize).toBe(0);
    encode(encoder, field(NAME, VALUE, "indexed"));
    expect(encode(encoder, field(NAME, VALUE, "never"))).toEqual(neverIndexed(62, VALUE));
  });

  test("literal and never: an equal field in a table is not used, so that nothing shows that they are equal", () => {
    const encoder = new Encoder(4_096);
    expect(encode(encoder, field(":method", "GET", "literal"))).toEqual(withoutIndexing(2, "GET"));
    expect(encode(encoder, field(":method", "GET", "never"))).toEqual(neverIndexed(2, "GET"));
  });

  test("values of fields that do not enter the table are sent as they are, octet for octet", () => {
    const value = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet)).join("");
    expect(encode(new Encoder(4_096), field(":path", value, "literal"))).toEqual(withoutIndexing(4, value));
  });

  test("names and constant values are Huffman coded where that is shorter", () => {
    const bytes = encode(new Encoder(4_096), field("apns-topic", "com.example.app", "indexed"));
    expect(bytes.length).toBeLessThan(incremental("apns-topic", "com.example.app").length);
    expect(bytes[1]! & 0x80).toBe(0x80);
    const decoder = new Decoder(1_000);
    expect(decoder.decode(bytes, 0, bytes.length)).toEqual(["apns-topic", "com.example.app"]);
  });

  test("an entry that would not fit in the table is sent as a literal and evicts nothing", () => {
    const encoder = new Encoder(100);
    encode(encoder, field(NAME, VALUE, "indexed"));
    expect(encode(encoder, field(NAME, "<".repeat(66), "indexed"))).toEqual(
      withoutIndexing(62, "<".repeat(66)),
    );
    expect(encoder.tableSize).toBe(38);
    expect(encode(encoder, field(NAME, "<".repeat(65), "indexed"))[0]).toBe(0x40 | 62);
    expect(encoder.tableSize).toBe(100);
  });

  test("an index reaches the far end of the table and no further", () => {
    const encoder = new Encoder(3 * 38);
    for (const value of ["<<1", "<<2", "<<3"]) encode(encoder, field(NAME, value, "indexed"));
    expect(encode(encoder, field(NAME, "<<1", "indexed"))).toEqual(octets(indexed(64)));
    encode(encoder, field(NAME, "<<4", "indexed"));
    expect(encode(encoder, field(NAME, "<<1", "indexed"))).toEqual(incremental(62, "<<1"));
    expect(encode(encoder, field(NAME, "<<3", "indexed"))).toEqual(octets(indexed(64)));
    expect(encode(encoder, field(NAME, "<<2", "literal"))).toEqual(withoutIndexing(62, "<<2"));
  });

  test("a name whose last entry was evicted is written out again", () => {
    const encoder = new Encoder(2 * 38);
    encode(encoder, field(NAME, VALUE, "name"));
    encode(encoder, field("~{1", VALUE, "indexed"), field("~{2", VALUE, "indexed"));
    expect(encode(encoder, field(NAME, VALUE, "name"))).toEqual(incremental(NAME, VALUE));
  });
});

describe("lists that are encoded again and again", () => {
  const list = FieldList.trusted([field(NAME, VALUE, "indexed"), field("~~~", "<<<", "literal")]);
  const literal = withoutIndexing("~~~", "<<<");

  test("come out of memory as long as the table does not change", () => {
    const encoder = new Encoder(4_096);
    expect(encodeList(encoder, list)).toEqual(octets(incremental(NAME, VALUE), literal));
    for (let i = 0; i < 3; i++) expect(encodeList(encoder, list)).toEqual(octets(indexed(62), literal));
  });

  test("are encoded anew when an entry has pushed theirs back", () => {
    const encoder = new Encoder(4_096);
    for (let i = 0; i < 2; i++) encodeList(encoder, list);
    encode(encoder, field("~{1", VALUE, "indexed"));
    for (let i = 0; i < 2; i++) expect(encodeList(encoder, list)).toEqual(octets(indexed(63), literal));
  });

  test("take turns without getting mixed up", () => {
    const other = FieldList.trusted([field("~{1", VALUE, "indexed")]);
    const encoder = new Encoder(4_096);
    for (let i = 0; i < 2; i++) encodeList(encoder, list);
    for (let i = 0; i < 2; i++) encodeList(encoder, other);
    for (let i = 0; i < 3; i++) {
      expect(encodeList(encoder, list)).toEqual(octets(indexed(63), literal));
      expect(encodeList(encoder, other)).toEqual(octets(indexed(62)));
    }
  });

  test("are encoded anew when the table was emptied", () => {
    const encoder = new Encoder(4_096);
    for (let i = 0; i < 2; i++) encodeList(encoder, list);
    encoder.setPeerTableSize(0);
    expect(encodeList(encoder, list)).toEqual(octets(tableSize(0), withoutIndexing(NAME, VALUE), literal));
    expect(encodeList(encoder, list)).toEqual(octets(withoutIndexing(NAME, VALUE), literal));
  });

  test("belong to one encoder each", () => {
    const first = new Encoder(4_096);
    for (let i = 0; i < 2; i++) encodeList(first, list);
    expect(encodeList(new Encoder(4_096), list)).toEqual(octets(incremental(NAME, VALUE), literal));
  });
});

describe("table sizes are announced at the start of the next block (RFC 7541 §4.2)", () => {
  const path = field(":path", "/", "indexed");
  const pathBytes = octets(indexed(4));

  test("not at all while nothing changes", () => {
    const encoder = new Encoder(4_096);
    expect(encode(encoder, path)).toEqual(pathBytes);
    encoder.setPeerTableSize(4_096);
    expect(encode(encoder, path)).toEqual(pathBytes);
    encoder.setPeerTableSize(100_000);
    expect(encode(encoder, path)).toEqual(pathBytes);
  });

  test("once, when the peer lowers its limit", () => {
    const encoder = new Encoder(4_096);
    encode(encoder, field(NAME, VALUE, "indexed"));
    encoder.setPeerTableSize(100);
    expect(encode(encoder, path)).toEqual(octets(tableSize(100), pathBytes));
    expect(encode(encoder, path)).toEqual(pathBytes);
  });

  test("when the peer raises its limit and the encoder may use more", () => {
    const encoder = new Encoder(65_536);
    expect(encode(encoder, path)).toEqual(pathBytes);
    encoder.setPeerTableSize(65_536);
    expect(encode(encoder, path)).toEqual(octets(tableSize(65_536), pathBytes));
    const capped = new Encoder(10_000);
    capped.setPeerTableSize(65_536);
    expect(encode(capped, path)).toEqual(octets(tableSize(10_000), pathBytes));
  });

  test("the smallest since the last block and the final one, when they differ", () => {
    const encoder = new Encoder(4_096);
    for (const size of [3_000, 50, 200, 1_000]) encoder.setPeerTableSize(size);
    expect(encode(encoder, path)).toEqual(octets(tableSize(50), tableSize(1_000), pathBytes));
  });

  test("the smallest counts even when the final size is that of before", () => {
    const encoder = new Encoder(4_096);
    encode(encoder, field(NAME, VALUE, "indexed"));
    encoder.setPeerTableSize(0);
    encoder.setPeerTableSize(4_096);
    expect(encoder.tableSize).toBe(0);
    expect(encode(encoder, field(NAME, VALUE, "indexed"))).toEqual(
      octets(tableSize(0), tableSize(4_096), incremental(NAME, VALUE)),
    );
  });

  test("only the last, when sizes went down and down", () => {
    const encoder = new Encoder(4_096);
    for (const size of [300, 200, 100]) encoder.setPeerTableSize(size);
    expect(encode(encoder, path)).toEqual(octets(tableSize(100), pathBytes));
  });

  test("entries that a passing low point evicted are gone", () => {
    const encoder = new Encoder(4_096);
    encode(encoder, field("~{1", VALUE, "indexed"), field("~{2", VALUE, "indexed"));
    encoder.setPeerTableSize(38);
    encoder.setPeerTableSize(4_096);
    expect(encode(encoder, field("~{2", VALUE, "indexed"), field("~{1", VALUE, "indexed"))).toEqual(
      octets(tableSize(38), tableSize(4_096), indexed(62), incremental("~{1", VALUE)),
    );
  });

  test("a table that is smaller than the default from the start is announced in the first block", () => {
    expect(encode(new Encoder(1_024), path)).toEqual(octets(tableSize(1_024), pathBytes));
    expect(encode(new Encoder(0), path)).toEqual(octets(tableSize(0), pathBytes));
  });

  test("a limit below a small table's own size is still announced, one above it is not", () => {
    const encoder = new Encoder(1_024);
    encoder.setPeerTableSize(512);
    encoder.setPeerTableSize(2_048);
    expect(encode(encoder, path)).toEqual(octets(tableSize(512), tableSize(1_024), pathBytes));
    encoder.setPeerTableSize(1_500);
    expect(encode(encoder, path)).toEqual(pathBytes);
  });

  test("an encoder without a table never refers to one", () => {
    const encoder = new Encoder(0);
    encode(encoder, path);
    for (let i = 0; i < 2; i++) {
      expect(encode(encoder, field(NAME, VALUE, "indexed"))).toEqual(withoutIndexing(NAME, VALUE));
      expect(encode(encoder, field(NAME, VALUE, "name"))).toEqual(withoutIndexing(NAME, VALUE));
    }
    expect(encoder.tableSize).toBe(0);
  });
});

test("long names and values get lengths of several octets and stay within the room that was reserved", () => {
  const long = "<".repeat(70_000);
  const list = FieldList.trusted([
    field(`${NAME}${"~".repeat(300)}`, long, "never"),
    field(NAME, long, "literal"),
  ]);
  const bytes = encodeList(new Encoder(4_096), list);
  expect(bytes).toEqual(octets(neverIndexed(`${NAME}${"~".repeat(300)}`, long), [0], text(NAME), text(long)));
  expect(bytes.length).toBeLessThanOrEqual(list.maxEncodedLength);
});

test("a path makes room for itself, wherever in the buffer it begins", () => {
  const path = `/${"p".repeat(300)}`;
  for (let before = 16_384 - 330; before <= 16_384; before += 3) {
    const out = new OutputBuffer();
    out.reserve(before);
    out.length = before;
    new Encoder(4_096).encodeLiteral(4, path, out);
    expect(out.take()!.subarray(before)).toEqual(withoutIndexing(4, path));
  }
});

test("what it remembers of entries goes with the entries", () => {
  const retained = retainedBy(() => {
    const encoder = new Encoder(4_096);
    for (let i = 0; i < 30_000; i++) {
      encode(encoder, field(`x-${i}`, `${i} ${"v".repeat(50)}`, "indexed"));
    }
    return encoder;
  });
  // Some 40 entries fit; all 30,000 would be more than 3 megabytes.
  expect(retained).toBeLessThan(1_000_000);
});
