import { describe, expect, test } from "vitest";
import { Decoder } from "../../src/hpack/decoder.ts";
import { ErrorCode, ProtocolError } from "../../src/index.ts";
import { type Octets, octets } from "../support/frames.ts";
import {
  block,
  incremental,
  indexed,
  integer,
  neverIndexed,
  status200,
  tableSize,
  text,
  withoutIndexing,
} from "../support/header-block.ts";

function decode(decoder: Decoder, ...parts: readonly Octets[]): string[] {
  const bytes = octets(...parts);
  return decoder.decode(bytes, 0, bytes.length);
}

/** The message of the compression error that a block leads to; any other outcome fails the test. */
function refusal(decoder: Decoder, ...parts: readonly Octets[]): string {
  try {
    decode(decoder, ...parts);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    expect((error as ProtocolError).errorCode).toBe(ErrorCode.COMPRESSION_ERROR);
    return (error as ProtocolError).message;
  }
  return expect.fail("the block was accepted");
}

const fresh = () => new Decoder(10_000);

describe("indices (RFC 7541 §2.3.3, §6.1)", () => {
  test("index 0 is an error for an indexed field", () => {
    expect(refusal(fresh(), [0x80])).toContain("index 0");
  });

  test("index 62 is an error while the dynamic table is empty", () => {
    expect(refusal(fresh(), indexed(62))).toContain("beyond");
  });

  test("the first index beyond the dynamic table is an error, the last within is none", () => {
    const decoder = fresh();
    decode(decoder, incremental("a", "1"), incremental("b", "2"));
    expect(decode(decoder, indexed(62), indexed(63))).toEqual(["b", "2", "a", "1"]);
    expect(refusal(decoder, indexed(64))).toContain("index 64");
  });

  test("an index beyond both tables is an error as the name of each kind of literal", () => {
    for (const literal of [incremental, withoutIndexing, neverIndexed]) {
      expect(refusal(fresh(), literal(62, "value"))).toContain("index 62");
      expect(refusal(fresh(), literal(1_000_000, "value"))).toContain("index 1000000");
    }
  });

  test("a name may come from either table", () => {
    const decoder = fresh();
    expect(
      decode(decoder, incremental("x-first", "1"), withoutIndexing(62, "2"), neverIndexed(8, "404")),
    ).toEqual(["x-first", "1", "x-first", "2", ":status", "404"]);
  });

  test("an entry is at once visible to the rest of its block", () => {
    expect(decode(fresh(), incremental("a", "1"), indexed(62), incremental(62, "2"), indexed(62))).toEqual([
      "a",
      "1",
      "a",
      "1",
      "a",
      "2",
      "a",
      "2",
    ]);
  });

  test("only incremental indexing enters the table", () => {
    const decoder = fresh();
    decode(decoder, withoutIndexing("a", "1"), neverIndexed("b", "2"));
    expect(decoder.tableSize).toBe(0);
    decode(decoder, incremental("c", "3"));
    expect(decoder.tableSize).toBe(34);
  });
});

describe("blocks that break off (RFC 7541 §5)", () => {
  const whole: readonly (readonly [string, Buffer])[] = [
    ["a long index", octets(withoutIndexing("x", "y"), integer(0x80, 7, 200))],
    ["a literal with a new name", withoutIndexing("x-name", "value")],
    ["a literal with a known name", incremental(8, "201")],
    ["a literal that is never indexed", neverIndexed("x-name", "value")],
    ["a long length", withoutIndexing("x-name", "v".repeat(300))],
    ["a table size", octets(tableSize(4_000))],
    ["Huffman code", Buffer.from("418cf1e3c2e5f23a6ba0ab90f4ff", "hex")],
  ];

  test.each(whole)("%s, cut at every octet, is an error or ends between two fields", (name, bytes) => {
    const boundaries = name === "a long index" ? [0, 5] : [0];
    for (let end = 0; end < bytes.length; end++) {
      if (boundaries.includes(end))
        expect(decode(fresh(), bytes.subarray(0, end))).toHaveLength(end === 0 ? 0 : 2);
      else refusal(fresh(), bytes.subarray(0, end));
    }
  });

  test("nothing beyond the given end is read", () => {
    const bytes = octets(withoutIndexing("x", "y"), withoutIndexing("a", "b"));
    expect(fresh().decode(bytes, 5, bytes.length)).toEqual(["a", "b"]);
    expect(fresh().decode(bytes, 0, 5)).toEqual(["x", "y"]);
    expect(() => fresh().decode(bytes, 0, 4)).toThrow(ProtocolError);
    // Not even to see whether a size update follows.
    expect(fresh().decode(octets(tableSize(10), tableSize(5_000)), 0, 1)).toEqual([]);
    expect(fresh().decode(octets(tableSize(5_000)), 0, 0)).toEqual([]);
  });

  test("an empty block is an empty list", () => {
    expect(decode(fresh())).toEqual([]);
  });
});

describe("integers and strings that cannot be meant (RFC 7541 §5.1, §5.2)", () => {
  test("an integer that overflows is an error, wherever it stands", () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    expect(refusal(fresh(), [0xff], huge)).toContain("integer");
    expect(refusal(fresh(), [0x7f], huge)).toContain("integer");
    expect(refusal(fresh(), [0x0f], huge)).toContain("integer");
    expect(refusal(fresh(), [0x3f], huge)).toContain("integer");
    expect(refusal(fresh(), [0x00], text("name"), [0x7f], huge)).toContain("integer");
    expect(refusal(fresh(), [0x00], [0xff], huge)).toContain("integer");
  });

  test("a length of almost 2²⁸ asks for no memory: the string is cut off", () => {
    expect(refusal(fresh(), [0x00], integer(0, 7, 2 ** 28), "abc")).toContain("cut off");
    expect(refusal(fresh(), [0x00], integer(0x80, 7, 2 ** 28), "abc")).toContain("cut off");
  });

  test("Huffman code with wrong padding or with EOS is an error", () => {
    expect(refusal(fresh(), [0x01, 0x82, 0x07, 0xff])).toContain("Huffman");
    expect(refusal(fresh(), [0x01, 0x81, 0x00])).toContain("Huffman");
    expect(refusal(fresh(), [0x01, 0x84, 0xff, 0xff, 0xff, 0xff])).toContain("Huffman");
    expect(decode(fresh(), [0x01, 0x81, 0x07])).toEqual([":authority", "0"]);
  });

  test("empty strings are fine, plain and as Huffman code", () => {
    expect(decode(fresh(), withoutIndexing("x", ""), [0x00, 0x81, 0xf3, 0x80])).toEqual(["x", "", "x", ""]);
    expect(decode(fresh(), withoutIndexing("", ""))).toEqual(["", ""]);
  });

  test("octets beyond ASCII come out one per character", () => {
    expect(decode(fresh(), withoutIndexing("x", "\xe9\xff\x80"))).toEqual(["x", "\xe9\xff\x80"]);
  });

  test("a Huffman string may be longer than any before", () => {
    // "0" has five bits, so 1,000 octets of zeros are 1,600 of them.
    const zeros = octets([0x01], integer(0x80, 7, 1_000), new Uint8Array(1_000));
    expect(decode(fresh(), zeros)).toEqual([":authority", "0".repeat(1_600)]);
  });
});

describe("table size updates (RFC 7541 §4.2, §6.3)", () => {
  test("stand at the beginning of a block", () => {
    const decoder = fresh();
    decode(decoder, incremental("a", "1"));
    expect(decode(decoder, tableSize(0), status200)).toEqual([":status", "200"]);
    expect(decoder.tableSize).toBe(0);
  });

  test("anywhere else are an error", () => {
    expect(refusal(fresh(), status200, tableSize(100))).toContain("inside");
    expect(refusal(fresh(), incremental("a", "1"), tableSize(0), status200)).toContain("inside");
  });

  test("two in a row are allowed: the smallest size and the final one", () => {
    const decoder = fresh();
    decode(decoder, incremental("a", "1"));
    expect(decode(decoder, tableSize(0), tableSize(4_096), status200)).toEqual([":status", "200"]);
    expect(decoder.tableSize).toBe(0);
    decode(decoder, incremental("a", "1"));
    expect(decoder.tableSize).toBe(34);
  });

  test("three in a row are an error", () => {
    expect(refusal(fresh(), tableSize(0), tableSize(1), tableSize(2))).toContain("more than two");
  });

  test("alone make an empty list", () => {
    expect(decode(fresh(), tableSize(10))).toEqual([]);
  });

  test("up to the limit are allowed, beyond it an error", () => {
    expect(decode(fresh(), tableSize(4_096))).toEqual([]);
    expect(refusal(fresh(), tableSize(4_097))).toContain("4097");
    const raised = fresh();
    raised.limitTable(65_536);
    expect(decode(raised, tableSize(65_536))).toEqual([]);
    expect(refusal(raised, tableSize(65_537))).toContain("65537");
  });

  test("a raised limit alone changes nothing: the encoder decides", () => {
    const decoder = fresh();
    decoder.limitTable(65_536);
    for (let i = 0; i < 200; i++) decode(decoder, incremental(`name-${i}`, "v".repeat(100)));
    expect(decoder.tableSize).toBeLessThanOrEqual(4_096);
  });

  test("a lowered limit must be acknowledged by the next block (RFC 9113 §4.3.1)", () => {
    const lowered = () => {
      const decoder = fresh();
      decoder.limitTable(100);
      return decoder;
    };
    expect(refusal(lowered(), status200)).toContain("lowered");
    expect(refusal(lowered())).toContain("lowered");
    expect(refusal(lowered(), tableSize(101), status200)).toContain("101");
    expect(decode(lowered(), tableSize(100), status200)).toEqual([":status", "200"]);
    expect(decode(lowered(), tableSize(0), tableSize(100), status200)).toEqual([":status", "200"]);
    const once = lowered();
    decode(once, tableSize(50), status200);
    expect(decode(once, status200)).toEqual([":status", "200"]);
  });

  test("a limit that is lowered to the size in use needs no acknowledgement", () => {
    const decoder = fresh();
    decode(decoder, tableSize(100));
    decoder.limitTable(100);
    expect(decode(decoder, status200)).toEqual([":status", "200"]);
  });
});

describe("the dynamic table (RFC 7541 §4)", () => {
  test("evicts the oldest entries, and no more than it has to", () => {
    const decoder = fresh();
    decode(decoder, tableSize(3 * 34), incremental("a", "1"), incremental("b", "2"), incremental("c", "3"));
    expect(decoder.tableSize).toBe(102);
    decode(decoder, incremental("d", "4"));
    expect(decoder.tableSize).toBe(102);
    expect(decode(decoder, indexed(62), indexed(63), indexed(64))).toEqual(["d", "4", "c", "3", "b", "2"]);
    expect(refusal(decoder, indexed(65))).toContain("65");
  });

  test("an entry that is larger than the table empties it, and is no error", () => {
    const decoder = fresh();
    decode(decoder, tableSize(80), incremental("a", "1"), incremental("b", "2"));
    expect(decode(decoder, incremental("x", "v".repeat(60)))).toEqual(["x", "v".repeat(60)]);
    expect(decoder.tableSize).toBe(0);
    expect(refusal(decoder, indexed(62))).toContain("62");
  });

  test("an entry that just fits stays, one octet more does not", () => {
    const decoder = fresh();
    decode(decoder, tableSize(50), incremental("x", "v".repeat(17)));
    expect(decoder.tableSize).toBe(50);
    decode(decoder, incremental("x", "v".repeat(18)));
    expect(decoder.tableSize).toBe(0);
  });

  test("a new entry may take its name from the entry that it evicts (RFC 7541 §4.4)", () => {
    const decoder = fresh();
    decode(decoder, tableSize(40), incremental("name", "1"));
    expect(decode(decoder, incremental(62, "2"), indexed(62))).toEqual(["name", "2", "name", "2"]);
  });

  test("a table of 0 octets keeps nothing", () => {
    const decoder = fresh();
    expect(decode(decoder, tableSize(0), incremental("a", "1"), incremental("b", ""))).toEqual([
      "a",
      "1",
      "b",
      "",
    ]);
    expect(decoder.tableSize).toBe(0);
  });

  test("a full table of 65,536 octets keeps its order while it grows and turns over", () => {
    const decoder = fresh();
    decoder.limitTable(65_536);
    decode(decoder, tableSize(65_536));
    // 5 + 32 + up to 4 octets each: some 1,700 entries fit.
    for (let i = 0; i < 5_000; i++) decode(decoder, incremental("count", String(i)));
    const entries = Math.floor(65_536 / 41);
    expect(decoder.tableSize).toBe(entries * 41);
    for (const age of [0, 1, 17, entries - 1]) {
      expect(decode(decoder, indexed(62 + age))).toEqual(["count", String(4_999 - age)]);
    }
    expect(refusal(decoder, indexed(62 + entries))).toContain("beyond");
  });
});

describe("the bound on a list", () => {
  test("counts names, values and 32 octets for each field (RFC 9113 §6.5.2)", () => {
    const decoder = new Decoder(2 * 34);
    expect(decode(decoder, block(["a", "1"], ["b", "2"]))).toEqual(["a", "1", "b", "2"]);
    expect(decoder.overflowed).toBe(false);
    expect(decode(decoder, block(["a", "1"], ["b", "22"]))).toEqual(["a", "1"]);
    expect(decoder.overflowed).toBe(true);
  });

  test("is forgotten with the next block", () => {
    const decoder = new Decoder(34);
    decode(decoder, block(["a", "22"]));
    expect(decoder.overflowed).toBe(true);
    expect(decode(decoder, block(["a", "1"]))).toEqual(["a", "1"]);
    expect(decoder.overflowed).toBe(false);
  });

  test("does not keep the table from following: what is too much enters it all the same", () => {
    const decoder = new Decoder(40);
    decode(decoder, incremental("a", "1"), incremental("b", "2"), incremental("c", "3"));
    expect(decoder.overflowed).toBe(true);
    expect(decoder.tableSize).toBe(102);
    expect(decode(decoder, indexed(62))).toEqual(["c", "3"]);
  });

  test("errors are found behind it too", () => {
    expect(refusal(new Decoder(40), block(["a", "1"], ["b", "2"]), [0x80])).toContain("index 0");
  });
});
