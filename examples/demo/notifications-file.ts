import { createReadStream } from "node:fs";
import { splitLines } from "./lines.ts";
import { type ParsedNotification, parseNotification } from "./notification-line.ts";

export interface NotificationsFileOptions<T> {
  /** The number of notifications to yield. The file is repeated as needed. */
  readonly count: number;
  /**
   * Converts a valid line into the value to send. If it throws, the line is invalid. Called once for each
   * kept line.
   */
  readonly prepare: (notification: ParsedNotification) => T;
  /** Called once for each invalid line, which is skipped. */
  readonly onInvalid: (line: number, reason: string) => void;
  /**
   * Maximum number of lines to keep for the next pass. A longer file is read again instead. Default 100,000.
   */
  readonly keep?: number;
}

// The largest body has 5,120 bytes. Escapes and headers make a line longer, but never this long.
const maxLineBytes = 256 * 1024;

/**
 * Yields `count` notifications of a file, and starts over at its end. It parses lines on demand, so it yields
 * the first notification before it reads the last line. Later passes yield the same values again.
 *
 * @throws the file system's error if the file cannot be read, and `RangeError` if no line is valid
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
  if (given === 0) throw new RangeError("no line is a valid notification");

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
