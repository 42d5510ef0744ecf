import { codeLengths, codes, EOS } from "./huffman-code.ts";

/** Bytes that the Huffman code takes for these octets, the last one padded (RFC 7541 §5.2). */
export function huffmanLength(octets: Uint8Array): number {
  let bits = 0;
  for (let i = 0; i < octets.length; i++) bits += codeLengths[octets[i]!]!;
  return (bits + 7) >>> 3;
}

/** Writes the code of these octets and returns where it ends. The caller provides the room. */
export function huffmanEncode(octets: Uint8Array, into: Uint8Array, at: number): number {
  // Up to 7 bits wait when a code of up to 30 bits is added. Bit operators cannot shift a number of 37 bits,
  // so a code is added in two parts, its upper bits first.
  let waiting = 0;
  let bits = 0;
  let end = at;
  for (let i = 0; i < octets.length; i++) {
    const code = codes[octets[i]!]!;
    let left = codeLengths[octets[i]!]!;
    while (left > 0) {
      const part = Math.min(left, 16);
      left -= part;
      waiting = (waiting << part) | ((code >>> left) & ((1 << part) - 1));
      bits += part;
      while (bits >= 8) {
        bits -= 8;
        into[end++] = waiting >>> bits;
      }
      waiting &= (1 << bits) - 1;
    }
  }
  // The rest of the last byte is the beginning of EOS: ones.
  if (bits > 0) into[end++] = (waiting << (8 - bits)) | (0xff >>> bits);
  return end;
}

/*
 * Decoding walks a machine that takes four bits at a time. Its states are the inner nodes of the code tree; since the
 * shortest code has five bits, four bits complete one symbol at most. An entry of the table packs
 *
 *   bits 0 – 7 symbol | bit 8 a symbol was completed | bits 9 – 16 next state | bit 17 failure (EOS was reached)
 */
const SYMBOL_DONE = 1 << 8;
const FAILURE = 1 << 17;
const STATE_SHIFT = 9;

interface Machine {
  readonly transitions: Int32Array;
  /** Whether a string may end in a state. */
  readonly accepting: Uint8Array;
}

/** Built for the first string: most programs that load this package do not open a connection at once. */
let machine: Machine | undefined;

/**
 * Decodes `bytes[start … end)` and returns the number of decoded octets, or -1 for an error of RFC 7541 §5.2:
 * EOS in the string, padding of more than seven bits, or padding that is not the beginning of EOS.
 *
 * @param into takes the octets; it must have room for eight octets for each five bytes
 */
export function huffmanDecode(bytes: Uint8Array, start: number, end: number, into: Uint8Array): number {
  machine ??= buildMachine();
  const { transitions, accepting } = machine;
  let state = 0;
  let length = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const high = transitions[(state << 4) | (byte >>> 4)]!;
    if (high & SYMBOL_DONE) into[length++] = high;
    const low = transitions[((high >>> STATE_SHIFT) << 4) | (byte & 0xf)]!;
    if (low & SYMBOL_DONE) into[length++] = low;
    if ((high | low) & FAILURE) return -1;
    state = low >>> STATE_SHIFT;
  }
  return accepting[state] === 1 ? length : -1;
}

function buildMachine(): Machine {
  // The tree: children[2 × node + bit] is another inner node (≥ 0), or -1 − symbol for a leaf.
  const children: number[] = [0, 0];
  for (let symbol = 0; symbol <= EOS; symbol++) {
    let node = 0;
    for (let bit = codeLengths[symbol]! - 1; bit > 0; bit--) {
      const branch = node * 2 + ((codes[symbol]! >>> bit) & 1);
      if (children[branch] === 0) {
        children[branch] = children.length / 2;
        children.push(0, 0);
      }
      node = children[branch]!;
    }
    children[node * 2 + (codes[symbol]! & 1)] = -1 - symbol;
  }

  const states = children.length / 2;
  const table = new Int32Array(states * 16);
  for (let state = 0; state < states; state++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = state;
      let entry = 0;
      for (let bit = 3; bit >= 0; bit--) {
        const child = children[node * 2 + ((nibble >>> bit) & 1)]!;
        if (child >= 0) {
          node = child;
          continue;
        }
        const symbol = -1 - child;
        entry |= symbol === EOS ? FAILURE : SYMBOL_DONE | symbol;
        node = 0;
      }
      table[state * 16 + nibble] = entry | (node << STATE_SHIFT);
    }
  }

  // A string may end where only ones, at most seven, have been read since the last symbol.
  const ends = new Uint8Array(states);
  for (let ones = 0, node = 0; ones <= 7; ones++, node = children[node * 2 + 1]!) ends[node] = 1;
  return { transitions: table, accepting: ends };
}
