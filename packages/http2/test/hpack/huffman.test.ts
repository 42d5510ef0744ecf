import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { huffmanDecode, huffmanEncode, huffmanLength } from "../../src/hpack/huffman.ts";
import { codeLengths, codes, EOS } from "../../src/hpack/huffman-code.ts";

function encode(octets: Uint8Array): Buffer {
  const into = Buffer.alloc(octets.length * 4 + 1);
  return into.subarray(0, huffmanEncode(octets, into, 0));
}

function decode(bytes: Uint8Array): Buffer | undefined {
  const into = Buffer.alloc(bytes.length * 2);
  const length = huffmanDecode(bytes, 0, bytes.length, into);
  return length < 0 ? undefined : into.subarray(0, length);
}

/** Puts codes one after the other, with ones as padding. */
function bits(...parts: readonly string[]): Buffer {
  const all = parts.join("");
  const padded = all.padEnd(Math.ceil(all.length / 8) * 8, "1");
  return Buffer.from(padded.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
}

const codeOf = (symbol: number): string => codes[symbol]!.toString(2).padStart(codeLengths[symbol]!, "0");

describe("the code (RFC 7541 Appendix B)", () => {
  test("has 257 symbols and is complete: its Kraft sum is exactly 1", () => {
    expect(codeLengths).toHaveLength(257);
    // In units of 2⁻³⁰, the longest code.
    expect(codeLengths.reduce((sum, length) => sum + 2 ** (30 - length), 0)).toBe(2 ** 30);
  });

  test("is prefix-free", () => {
    const sorted = codes.map((_, symbol) => codeOf(symbol)).sort();
    for (let i = 1; i < sorted.length; i++) {
      expect(sorted[i]!.startsWith(sorted[i - 1]!)).toBe(false);
    }
  });

  test.each([
    ["0", "00000"],
    ["a", "00011"],
    [" ", "010100"],
    [":", "1011100"],
    ["&", "11111000"],
    ["!", "1111111000"],
    ["?", "1111111100"],
    ["+", "11111111011"],
    ["#", "111111111010"],
    ["\0", "1111111111000"],
    ["^", "11111111111100"],
    ["<", "111111111111100"],
    ["\\", "1111111111111110000"],
    ["\x80", "11111111111111100110"],
    ["\xff", "11111111111111111111101110"],
    ["\n", "111111111111111111111111111100"],
    ["\x16", "111111111111111111111111111110"],
  ])("%j is %s", (symbol, code) => {
    expect(codeOf(symbol.charCodeAt(0))).toBe(code);
  });

  test("EOS is thirty ones", () => {
    expect(codeOf(EOS)).toBe("1".repeat(30));
  });
});

describe("coding strings (RFC 7541 §5.2)", () => {
  test("every octet alone survives, and has the length that was foretold", () => {
    for (let octet = 0; octet < 256; octet++) {
      const encoded = encode(Uint8Array.of(octet));
      expect(encoded).toEqual(bits(codeOf(octet)));
      expect(huffmanLength(Uint8Array.of(octet))).toBe(encoded.length);
      expect([...decode(encoded)!]).toEqual([octet]);
    }
  });

  test("every pair of octets survives", () => {
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        const decoded = decode(encode(Uint8Array.of(first, second)))!;
        if (decoded.length !== 2 || decoded[0] !== first || decoded[1] !== second) {
          expect.fail(`${first}, ${second} came back as ${[...decoded]}`);
        }
      }
    }
  });

  test("any octets survive", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      const encoded = encode(octets);
      expect(encoded.length).toBe(huffmanLength(octets));
      expect([...decode(encoded)!]).toEqual([...octets]);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("the empty string takes no octets", () => {
    expect(encode(new Uint8Array(0))).toHaveLength(0);
    expect(decode(new Uint8Array(0))).toHaveLength(0);
  });

  test("writing begins where it is told", () => {
    const into = Buffer.alloc(4, 0xee);
    expect(huffmanEncode(Buffer.from("0"), into, 2)).toBe(3);
    expect(into.toString("hex")).toBe("eeee07ee");
  });

  test("reading keeps to its part of the buffer", () => {
    const code = encode(Buffer.from("www.example.com"));
    const around = Buffer.concat([Buffer.from([0, 0]), code, Buffer.from([0, 0])]);
    const into = Buffer.alloc(40);
    expect(huffmanDecode(around, 2, 2 + code.length, into)).toBe(15);
    expect(into.toString("latin1", 0, 15)).toBe("www.example.com");
  });
});

describe("strings that are no Huffman code (RFC 7541 §5.2)", () => {
  test("EOS at any place in the string is an error", () => {
    const eos = codeOf(EOS);
    for (let before = 0; before < 9; before++) {
      expect(decode(bits(codeOf(0x30).repeat(before), eos)), `after ${before} symbols`).toBeUndefined();
      expect(decode(bits(codeOf(0x30).repeat(before), eos, codeOf(0x61)))).toBeUndefined();
    }
  });

  test("padding of up to seven ones is right", () => {
    for (const [text, padding] of [
      ["00000000", 0],
      ["&0", 3],
      ["0", 3],
      ["000", 1],
      ["00000", 7],
      ["  ", 4],
      ["0 ", 5],
      ["00", 6],
      ["      00", 2],
    ] as const) {
      const code = [...text].map((char) => codeOf(char.charCodeAt(0))).join("");
      expect((8 - (code.length % 8)) % 8, text).toBe(padding);
      expect(decode(bits(code))?.toString("latin1"), text).toBe(text);
    }
  });

  test("padding of eight ones or more is an error", () => {
    for (const text of ["0", "000", "00000000", "&", ":"]) {
      const code = [...text].map((char) => codeOf(char.charCodeAt(0))).join("");
      const whole = bits(code);
      expect(decode(whole)).toBeDefined();
      for (const extra of [1, 2, 3]) {
        expect(
          decode(Buffer.concat([whole, Buffer.alloc(extra, 0xff)])),
          `${text} and ${extra}`,
        ).toBeUndefined();
      }
    }
    expect(decode(Buffer.from([0xff]))).toBeUndefined();
  });

  test("padding that is not all ones is an error", () => {
    // "0" is five zero bits; of the eight ways to fill the byte only 111 is padding.
    for (let fill = 0; fill < 7; fill++) expect(decode(Buffer.from([fill]))).toBeUndefined();
    expect(decode(Buffer.from([7]))?.toString()).toBe("0");
  });

  test("a code that breaks off is an error", () => {
    expect(decode(bits(codeOf(0x0a).slice(0, 24)))).toBeUndefined();
    expect(decode(Buffer.from([0xff, 0xfe]))).toBeUndefined();
  });
});
