import { InvalidLine } from "./entry.ts";
import { type Line, LONGEST_LINE } from "./lines.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @throws InvalidLine for a line that is too long, or not UTF-8 */
export function textOf({ bytes, tooLong }: Line): string {
  if (tooLong) throw new InvalidLine(`longer than ${LONGEST_LINE} bytes`);
  try {
    return utf8.decode(bytes);
  } catch {
    throw new InvalidLine("not UTF-8");
  }
}
