import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IntegerReader, writeInteger } from "../../src/hpack/integer.ts";
import { integer } from "../support/header-block.ts";

function read(octets: readonly number[], prefixBits: number, limit = octets.length) {
  const reader = new IntegerReader();
  return { value: reader.read(Uint8Array.from(octets), 0, limit, prefixBits), end: reader.end };
}

describe("integers (RFC 7541 §5.1)", () => {
  test.each([
    [5, 30, [30]],
    [5, 31, [31, 0]],
    [5, 158, [31, 127]],
    [5, 159, [31, 0x80, 1]],
    [7, 126, [126]],
    [7, 127, [127, 0]],
    [7, 254, [127, 127]],
    [7, 255, [127, 0x80, 1]],
    [4, 15 + 2 ** 28 - 1, [15, 0xff, 0xff, 0xff, 0x7f]],
  ])("prefix of %i bits: %i", (bits, value, octets) => {
    const into = new Uint8Array(8);
    expect([...into.subarray(0, writeInteger(into, 0, 0, bits, value))]).toEqual(octets);
    expect(read(octets, bits)).toEqual({ value, end: octets.length });
  });

  test("the bits before the prefix are kept when writing and ignored when reading", () => {
    const into = new Uint8Array(2);
    writeInteger(into, 0, 0xe0, 5, 10);
    expect(into[0]).toBe(0xea);
    writeInteger(into, 0, 0xe0, 5, 31);
    expect([...into]).toEqual([0xff, 0]);
    expect(read([0xea], 5).value).toBe(10);
    expect(read([0xff, 0], 5).value).toBe(31);
  });

  test("a longer form of a small number is read (leading zeros are no error)", () => {
    expect(read([31, 0x80, 0x00], 5)).toEqual({ value: 31, end: 3 });
  });

  test("an integer of more than four octets after the prefix is refused, whatever its value", () => {
    expect(read([31, 0x80, 0x80, 0x80, 0x80, 0x00], 5).value).toBe(-1);
    expect(read([31, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], 5).value).toBe(-1);
  });

  test("an integer that is cut off anywhere is refused", () => {
    const octets = integer(0, 5, 20_000_000);
    expect(read(octets, 5).value).toBe(20_000_000);
    for (let limit = 1; limit < octets.length; limit++) expect(read(octets, 5, limit).value).toBe(-1);
  });

  test("reading begins and ends where it is told", () => {
    const reader = new IntegerReader();
    expect(reader.read(Uint8Array.from([9, 9, 31, 0x9a, 0x0a, 9]), 2, 6, 5)).toBe(1337);
    expect(reader.end).toBe(5);
    expect(reader.read(Uint8Array.from([9, 9, 31, 0x9a, 0x0a, 9]), 2, 4, 5)).toBe(-1);
  });

  test("what is written is what the RFC's algorithm writes, and is read back", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.nat({ max: 2 ** 28 - 1 }),
      (bits, value) => {
        const into = new Uint8Array(8);
        const end = writeInteger(into, 0, 0, bits, value);
        expect([...into.subarray(0, end)]).toEqual(integer(0, bits, value));
        expect(end).toBeLessThanOrEqual(6);
        expect(read([...into.subarray(0, end)], bits)).toEqual({ value, end });
      },
    );
    fc.assert(property);
  });
});
