/** The symbol that ends a string; it must never be sent (RFC 7541 §5.2). */
export const EOS = 256;

/**
 * Bits of the code of each symbol, 0 … 255 and EOS (RFC 7541 Appendix B). The code is canonical: shorter
 * codes come first, equally long ones in the order of their symbols. So the lengths define the code.
 */
export const codeLengths: readonly number[] = [
  [13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  [28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  [6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  [5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  [13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  [7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  [15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  [6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  [20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  [24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  [22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  [21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  [26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  [19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  [20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  [26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
  [30],
].flat();

/** The code of each symbol, right-aligned in as many bits as {@link codeLengths} says. */
export const codes: readonly number[] = assignCodes();

function assignCodes(): number[] {
  const order = codeLengths.map((_, symbol) => symbol);
  order.sort((a, b) => codeLengths[a]! - codeLengths[b]! || a - b);
  const assigned = new Array<number>(codeLengths.length);
  let next = 0;
  let length = 0;
  for (const symbol of order) {
    next <<= codeLengths[symbol]! - length;
    length = codeLengths[symbol]!;
    assigned[symbol] = next++;
  }
  return assigned;
}
