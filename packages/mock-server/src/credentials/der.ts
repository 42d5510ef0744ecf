import { InvalidMockCredentials } from "../errors.ts";

/** The subset of DER (X.690) for APNs certificate extensions: reads and writes tag, length and value. */
export const SEQUENCE = 0x30;
export const UTF8_STRING = 0x0c;
export const NULL = 0x05;

export interface DerElement {
  tag: number;
  value: Uint8Array;
}

/** Encodes one element. */
export function encode(tag: number, value: Uint8Array): Uint8Array {
  const length: number[] = [];
  if (value.length < 0x80) {
    length.push(value.length);
  } else {
    for (let rest = value.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
    length.unshift(0x80 | length.length);
  }
  return Buffer.concat([Uint8Array.of(tag, ...length), value]);
}

/** Encodes a SEQUENCE of encoded elements. */
export function sequence(elements: readonly Uint8Array[]): Uint8Array {
  return encode(SEQUENCE, Buffer.concat(elements));
}

export function utf8String(text: string): Uint8Array {
  return encode(UTF8_STRING, Buffer.from(text));
}

/**
 * Splits bytes into a row of elements.
 *
 * @throws InvalidMockCredentials if a length points past the end
 */
export function elements(bytes: Uint8Array): DerElement[] {
  const found: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    let length = bytes[at++] ?? Number.NaN;
    if (length & 0x80) {
      const octets = length & 0x7f;
      length = octets === 0 || octets > 4 ? Number.NaN : 0;
      for (let i = 0; i < octets; i++) length = length * 256 + (bytes[at++] ?? Number.NaN);
    }
    if (!(at + length <= bytes.length))
      throw new InvalidMockCredentials("DER element is longer than its container");
    found.push({ tag, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}
