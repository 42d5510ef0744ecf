const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** A line of a file, without its line end. A `tooLong` line has no bytes. */
export interface Line {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly tooLong: boolean;
}

/**
 * Splits a stream of bytes into lines, numbered from 1. Holds at most one line of `maxBytes` bytes. The rest
 * of a longer line is skipped, and the line is marked `tooLong`.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let number = 0;

  const add = (bytes: Uint8Array) => {
    pendingBytes += bytes.length;
    if (pendingBytes <= maxBytes) pending.push(bytes);
    else pending = [];
  };
  const take = (): Line => {
    const tooLong = pendingBytes > maxBytes;
    const bytes = pending.length === 1 ? pending[0]! : Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    number += 1;
    return { number, bytes: bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes, tooLong };
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (pendingBytes > 0) yield take();
}
