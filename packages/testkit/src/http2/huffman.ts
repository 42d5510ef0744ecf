/**
 * Code lengths of the octets 0 – 255 and then of EOS (RFC 7541, Appendix B), as [bits, number of consecutive
 * octets]. The code is canonical, so the lengths alone determine it.
 */
// biome-ignore format: the rows follow the RFC's table
const codeLengths: readonly (readonly [bits: number, count: number])[] = [
  [13, 1], [23, 1], [28, 7], [24, 1], [30, 1], [28, 2], [30, 1], [28, 8], [30, 1], [28, 9],
  // from the space on
  [6, 1], [10, 2], [12, 1], [13, 1], [6, 1], [8, 1], [11, 1], [10, 2], [8, 1], [11, 1], [8, 1], [6, 3],
  // digits, letters
  [5, 3], [6, 7], [7, 1], [8, 1], [15, 1], [6, 1], [12, 1], [10, 1], [13, 1],
  [6, 1], [7, 22], [8, 1], [7, 1], [8, 1], [13, 1], [19, 1], [13, 1], [14, 1], [6, 1], [15, 1],
  [5, 1], [6, 1], [5, 1], [6, 1], [5, 1], [6, 3], [5, 1], [7, 2], [6, 3], [5, 1], [6, 1], [7, 1], [6, 1], [5, 2],
  [6, 1], [7, 5], [15, 1], [11, 1], [14, 1], [13, 1], [28, 1],
  // from 128 on
  [20, 1], [22, 1], [20, 2], [22, 3], [23, 1], [22, 1], [23, 5], [24, 1], [23, 1], [24, 2], [22, 1], [23, 1], [24, 1],
  [23, 4], [21, 1], [22, 1], [23, 1], [22, 1], [23, 2], [24, 1], [22, 1], [21, 1], [20, 1], [22, 2], [23, 2], [21, 1],
  [23, 1], [22, 2], [24, 1], [21, 1], [22, 1], [23, 2], [21, 2], [22, 1], [21, 1], [23, 1], [22, 1], [23, 2], [20, 1],
  [22, 3], [23, 1], [22, 2], [23, 1], [26, 2], [20, 1], [19, 1], [22, 1], [23, 1], [22, 1], [25, 1], [26, 3], [27, 2],
  [26, 1], [24, 1], [25, 1], [19, 1], [21, 1], [26, 1], [27, 2], [26, 1], [27, 1], [24, 1], [21, 2], [26, 2], [28, 1],
  [27, 3], [20, 1], [24, 1], [20, 1], [21, 1], [22, 1], [21, 2], [23, 1], [22, 2], [25, 2], [24, 2], [26, 1], [23, 1],
  [26, 1], [27, 1], [26, 2], [27, 5], [28, 1], [27, 5], [26, 1], [30, 1],
];

const EOS = 256;

/** The code as a binary tree. A node is a pair of children, a leaf is an octet. */
type Node = [zero: Node | number | undefined, one: Node | number | undefined];

const root: Node = buildTree();

function buildTree(): Node {
  const lengths = codeLengths.flatMap(([bits, count]) => Array<number>(count).fill(bits));
  const symbols = lengths.map((_, symbol) => symbol).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const tree: Node = [undefined, undefined];
  let code = 0;
  let previous = 0;
  for (const symbol of symbols) {
    const bits = lengths[symbol]!;
    code = (previous === 0 ? 0 : code + 1) << (previous === 0 ? 0 : bits - previous);
    previous = bits;
    let node = tree;
    for (let bit = bits - 1; bit > 0; bit--) {
      const side = ((code >>> bit) & 1) as 0 | 1;
      node[side] ??= [undefined, undefined];
      node = node[side] as Node;
    }
    node[(code & 1) as 0 | 1] = symbol;
  }
  return tree;
}

/** Decodes a string literal. Throws on EOS, and on padding that is not the beginning of EOS (RFC 7541 §5.2). */
export function decodeHuffman(bytes: Uint8Array): Buffer {
  const octets: number[] = [];
  let node = root;
  let bitsSinceSymbol = 0;
  let onlyOnes = true;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const side = ((byte >>> bit) & 1) as 0 | 1;
      const next = node[side];
      if (next === EOS || next === undefined) throw new Error("Huffman string contains EOS");
      if (typeof next === "number") {
        octets.push(next);
        node = root;
        bitsSinceSymbol = 0;
        onlyOnes = true;
      } else {
        node = next;
        bitsSinceSymbol++;
        onlyOnes &&= side === 1;
      }
    }
  }
  if (bitsSinceSymbol > 7 || !onlyOnes) throw new Error("Huffman string ends in wrong padding");
  return Buffer.from(octets);
}
