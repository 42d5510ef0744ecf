import { createReadStream } from "node:fs";
import { splitLines } from "./lines.ts";
import { type ParsedNotification, parseNotification } from "./notification-line.ts";

export interface NotificationsFileOptions<T> {
  /** How many to give. The file is gone through as often as that takes. */
  readonly count: number;
  /** Makes of a valid line what is to be sent; what it throws makes the line invalid. Called once for each line kept. */
  readonly prepare: (notification: ParsedNotification) => T;
  /** Told about each line that is not valid, once; the line is passed over. */
  readonly onInvalid: (line: number, reason: string) => void;
  /** Lines that are kept for the next time through; a longer file is read anew instead. Default 100,000. */
  readonly keep?: number;
}

// The largest body has 5,120 bytes; escapes and headers make a line longer, but never this long.
const maxLineBytes = 256 * 1024;

/**
 * Gives the notifications of a file, from the top again when it ends, until `count` were given. Lines are parsed as
 * they are asked for, so the first comes out before the last was read; then they are given again as they are.
 *
 * @throws the file system's error when the file cannot be read, and `RangeError` when no line of it is valid
 */
export async function* readNotifications<T>(
  file: string,
  { count, prepare, onInvalid, keep = 100_000 }: NotificationsFileOptions<T>,
): AsyncGenerator<T, void, void> {
  const kept: T[] = [];
  let complete = true;
  let given = 0;

  for await (const notification of readOnce(file, prepare, onInvalid)) {
    if (kept.length < keep) kept.push(notification);
    else complete = false;
    given += 1;
    yield notification;
    if (given === count) return;
  }
  if (given === 0) throw new RangeError("no line of it is a valid notification");

  while (given < count) {
    for await (const notification of complete ? kept : readOnce(file, prepare, () => {})) {
      given += 1;
      yield notification;
      if (given === count) return;
    }
  }
}

async function* readOnce<T>(
  file: string,
  prepare: (notification: ParsedNotification) => T,
  onInvalid: (line: number, reason: string) => void,
): AsyncGenerator<T, void, void> {
  for await (const { number, bytes, tooLong } of splitLines(createReadStream(file), maxLineBytes)) {
    if (bytes.length === 0 && !tooLong) continue;
    let notification: T;
    try {
      if (tooLong) throw new RangeError(`longer than ${maxLineBytes} bytes`);
      notification = prepare(parseNotification(bytes));
    } catch (error) {
      onInvalid(number, error instanceof Error ? error.message : String(error));
      continue;
    }
    yield notification;
  }
}
