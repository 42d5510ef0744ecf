import { describe, expect, test } from "vitest";
import type { Field } from "../../src/field-list.ts";
import { Decoder } from "../../src/hpack/decoder.ts";
import { Encoder } from "../../src/hpack/encoder.ts";
import { IntegerReader, writeInteger } from "../../src/hpack/integer.ts";
import { OutputBuffer } from "../../src/output-buffer.ts";
import { tableSize } from "../support/header-block.ts";

/** The examples of RFC 7541 Appendix C, octet for octet. */

interface Example {
  readonly section: string;
  readonly hex: string;
  readonly fields: readonly string[];
  /** Octets of the dynamic table afterwards. */
  readonly table: number;
}

function decodeAll(decoder: Decoder, examples: readonly Example[], prefix = Buffer.alloc(0)): void {
  for (const [i, { section, hex, fields, table }] of examples.entries()) {
    const bytes = Buffer.concat([i === 0 ? prefix : Buffer.alloc(0), Buffer.from(hex, "hex")]);
    expect(decoder.decode(bytes, 0, bytes.length), section).toEqual(fields);
    expect(decoder.tableSize, section).toBe(table);
  }
}

function encodeIndexed(encoder: Encoder, fields: readonly string[]): string {
  const list: Field[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    list.push({ name: fields[i]!, value: fields[i + 1]!, indexing: "indexed" });
  }
  const out = new OutputBuffer();
  encoder.beginBlock(out);
  encoder.encodeFields(list, 1_000, out);
  return out.take()!.toString("hex");
}

describe("RFC 7541 C.1, integers", () => {
  const examples = [
    { section: "C.1.1: 10 with a 5-bit prefix", bits: 5, value: 10, octets: [0b01010] },
    {
      section: "C.1.2: 1337 with a 5-bit prefix",
      bits: 5,
      value: 1337,
      octets: [0b11111, 0b10011010, 0b1010],
    },
    { section: "C.1.3: 42 with an 8-bit prefix", bits: 8, value: 42, octets: [42] },
  ];
  test.each(examples)("$section", ({ bits, value, octets }) => {
    const into = new Uint8Array(8);
    const end = writeInteger(into, 0, 0, bits, value);
    expect([...into.subarray(0, end)]).toEqual(octets);
    const reader = new IntegerReader();
    expect(reader.read(Uint8Array.from(octets), 0, octets.length, bits)).toBe(value);
    expect(reader.end).toBe(octets.length);
  });
});

describe("RFC 7541 C.2, representations", () => {
  const examples: Example[] = [
    {
      section: "C.2.1: literal with incremental indexing",
      hex: "400a637573746f6d2d6b65790d637573746f6d2d686561646572",
      fields: ["custom-key", "custom-header"],
      table: 55,
    },
    {
      section: "C.2.2: literal without indexing",
      hex: "040c2f73616d706c652f70617468",
      fields: [":path", "/sample/path"],
      table: 0,
    },
    {
      section: "C.2.3: literal never indexed",
      hex: "100870617373776f726406736563726574",
      fields: ["password", "secret"],
      table: 0,
    },
    { section: "C.2.4: indexed", hex: "82", fields: [":method", "GET"], table: 0 },
  ];
  test.each(examples)("$section is decoded", (example) => {
    decodeAll(new Decoder(1_000), [example]);
  });
  test("C.2.2 is what the encoder writes for a path", () => {
    const out = new OutputBuffer();
    new Encoder(4_096).encodeLiteral(4, "/sample/path", out);
    expect(out.take()!.toString("hex")).toBe(examples[1]!.hex);
  });
  test("C.2.4 is what the encoder writes for a field of the static table", () => {
    expect(encodeIndexed(new Encoder(4_096), [":method", "GET"])).toBe("82");
  });
});

const requests = [
  [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"],
  [
    [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"],
    ["cache-control", "no-cache"],
  ].flat(),
  [
    [":method", "GET", ":scheme", "https", ":path", "/index.html", ":authority", "www.example.com"],
    ["custom-key", "custom-value"],
  ].flat(),
];

const responses = [
  [
    [":status", "302", "cache-control", "private", "date", "Mon, 21 Oct 2013 20:13:21 GMT"],
    ["location", "https://www.example.com"],
  ].flat(),
  [
    [":status", "307", "cache-control", "private", "date", "Mon, 21 Oct 2013 20:13:21 GMT"],
    ["location", "https://www.example.com"],
  ].flat(),
  [
    [":status", "200", "cache-control", "private", "date", "Mon, 21 Oct 2013 20:13:22 GMT"],
    ["location", "https://www.example.com", "content-encoding", "gzip"],
    ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
  ].flat(),
];

function examplesOf(
  section: string,
  lists: readonly string[][],
  hex: readonly string[],
  table: readonly number[],
): Example[] {
  return lists.map((fields, i) => ({
    section: `${section}.${i + 1}`,
    hex: hex[i]!,
    fields,
    table: table[i]!,
  }));
}

const requestTable = [57, 110, 164];
const c3 = examplesOf(
  "C.3",
  requests,
  [
    "828684410f7777772e6578616d706c652e636f6d",
    "828684be58086e6f2d6361636865",
    "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
  ],
  requestTable,
);
const c4 = examplesOf(
  "C.4",
  requests,
  [
    "828684418cf1e3c2e5f23a6ba0ab90f4ff",
    "828684be5886a8eb10649cbf",
    "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
  ],
  requestTable,
);
const responseTable = [222, 222, 215];
const c5 = examplesOf(
  "C.5",
  responses,
  [
    "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f" +
      "7777772e6578616d706c652e636f6d",
    "4803333037c1c0bf",
    "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b42" +
      "5a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
  ],
  responseTable,
);
const c6 = examplesOf(
  "C.6",
  responses,
  [
    "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
    "4883640effc1c0bf",
    "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f" +
      "3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
  ],
  responseTable,
);

test("RFC 7541 C.3, requests without Huffman coding, are decoded", () => {
  decodeAll(new Decoder(1_000), c3);
});

test("RFC 7541 C.4, requests with Huffman coding, are decoded", () => {
  decodeAll(new Decoder(1_000), c4);
});

test("RFC 7541 C.4, requests with Huffman coding, are what the encoder writes", () => {
  const encoder = new Encoder(4_096);
  for (const { section, hex, fields, table } of c4) {
    expect(encodeIndexed(encoder, fields), section).toBe(hex);
    expect(encoder.tableSize, section).toBe(table);
  }
});

/** These examples have a table of 256 octets. */
function smallDecoder(): Decoder {
  const decoder = new Decoder(1_000);
  decoder.limitTable(256);
  return decoder;
}

test("RFC 7541 C.5, responses without Huffman coding, are decoded with eviction", () => {
  decodeAll(smallDecoder(), c5, Buffer.from(tableSize(256)));
});

test("RFC 7541 C.6, responses with Huffman coding, are decoded with eviction", () => {
  decodeAll(smallDecoder(), c6, Buffer.from(tableSize(256)));
});

test("RFC 7541 C.6, responses with Huffman coding, are what the encoder writes, but for strings that it does not shorten", () => {
  const encoder = new Encoder(256);
  // The encoder announces its table of 256 octets. It leaves "307" as it is, since the code is no shorter (C.5.2).
  const expected = [`3fe101${c6[0]!.hex}`, c5[1]!.hex, c6[2]!.hex];
  for (const [i, fields] of responses.entries()) {
    expect(encodeIndexed(encoder, fields), `C.6.${i + 1}`).toBe(expected[i]);
    expect(encoder.tableSize, `C.6.${i + 1}`).toBe(responseTable[i]);
  }
});
