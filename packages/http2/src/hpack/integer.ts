/**
 * An integer of more octets than this has more than 28 bits; no number that HPACK counts here is that large.
 */
const MAX_CONTINUATION_OCTETS = 4;

/** Writes an integer with an N-bit prefix (RFC 7541 §5.1) and returns where it ends; at most six octets. */
export function writeInteger(
  into: Uint8Array,
  at: number,
  flags: number,
  prefixBits: number,
  value: number,
): number {
  const limit = (1 << prefixBits) - 1;
  if (value < limit) {
    into[at] = flags | value;
    return at + 1;
  }
  into[at++] = flags | limit;
  let rest = value - limit;
  while (rest >= 0x80) {
    into[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[at++] = rest;
  return at;
}

/** Reads integers with an N-bit prefix; {@link end} says where the last one ended. */
export class IntegerReader {
  /** The position after the integer that was read last. */
  end = 0;

  /** The integer at `at`, or -1 if it is cut off or too large. */
  read(bytes: Uint8Array, at: number, limitAt: number, prefixBits: number): number {
    const limit = (1 << prefixBits) - 1;
    let value = bytes[at]! & limit;
    if (value < limit) {
      this.end = at + 1;
      return value;
    }
    for (let octets = 1; octets <= MAX_CONTINUATION_OCTETS; octets++) {
      if (at + octets >= limitAt) return -1;
      const octet = bytes[at + octets]!;
      value += (octet & 0x7f) << (7 * (octets - 1));
      if ((octet & 0x80) === 0) {
        this.end = at + octets + 1;
        return value;
      }
    }
    return -1;
  }
}
