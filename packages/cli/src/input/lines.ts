/** A line of a file, without its line break. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
  /** The line was longer than the bound; `bytes` is empty. */
  readonly tooLong: boolean;
}

/** Consecutive lines, and their bytes in the file with line breaks. */
export interface LineBlock {
  readonly lines: readonly Line[];
  readonly bytes: number;
}

/** Longer than any notification: the largest payload has 5,120 bytes, and escapes at most multiply it by six. */
export const LONGEST_LINE = 256 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const EMPTY = new Uint8Array(0);

/**
 * Splits a stream into lines, chunk by chunk, with one chunk and one line in memory. LF and CRLF end a line;
 * a leading byte order mark is removed.
 */
export async function* lineBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LineBlock> {
  let rest: Uint8Array[] = [];
  let restLength = 0;
  let tooLong = false;
  let number = 0;

  const take = (end: Uint8Array): Line => {
    number++;
    const long = tooLong || restLength + end.length > LONGEST_LINE;
    let bytes = long ? EMPTY : restLength === 0 ? end : Buffer.concat([...rest, end]);
    if (bytes.at(-1) === CR) bytes = bytes.subarray(0, -1);
    if (number === 1 && isMarked(bytes)) bytes = bytes.subarray(3);
    rest = [];
    restLength = 0;
    tooLong = false;
    return { number, bytes, tooLong: long };
  };

  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      lines.push(take(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) {
      restLength += chunk.length - start;
      if (restLength > LONGEST_LINE) {
        rest = [];
        tooLong = true;
      } else {
        rest.push(chunk.subarray(start));
      }
    }
    yield { lines, bytes: chunk.length };
  }
  if (restLength > 0) yield { lines: [take(EMPTY)], bytes: 0 };
}

/** The byte order mark of UTF-8. */
function isMarked(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
