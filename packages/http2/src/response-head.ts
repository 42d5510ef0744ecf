import { connectionSpecific } from "./field-list.ts";
import { staticNames } from "./hpack/static-table.ts";

/**
 * A fault that makes an answer malformed (RFC 9113 §8.1.1). It ends only the stream and never leaves this
 * package. It is not an `Error`: a hostile server could make this end collect a stack trace for each answer.
 */
export class Malformed {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

// RFC 9113 §8.2.1.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
const badName = /[\u0000-\u0020A-Z\u007f-\u00ff:]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
const badValue = /[\u0000\n\r]|^[ \t]|[ \t]$/;
/** Characters of a header name that a message repeats at most. */
const MOST_SHOWN = 64;
const validStatus = /^[1-5]\d\d$/;
const validLength = /^\d{1,15}$/;

/** Names that are known to be valid: those of HPACK's static table that an answer may have. */
const wellKnown: ReadonlySet<string> = new Set(
  staticNames.filter((name) => isWellFormed(name) && !connectionSpecific.has(name)),
);

/**
 * Checks a header section and returns its status code (RFC 9113 §8.2, §8.3.2).
 *
 * @param fields name, value, name, value …
 * @throws {@link Malformed}
 */
export function checkHead(fields: readonly string[]): number {
  if (fields[0] !== ":status") throw new Malformed("an answer must begin with :status");
  const status = parseStatus(fields[1]!);
  for (let i = 2; i < fields.length; i += 2) checkField(fields[i]!, fields[i + 1]!);
  return status;
}

/** @throws {@link Malformed} */
export function checkTrailers(fields: readonly string[]): void {
  for (let i = 0; i < fields.length; i += 2) checkField(fields[i]!, fields[i + 1]!);
}

/**
 * The body length that the answer announces, or -1 if it announces none.
 *
 * @throws {@link Malformed}
 */
export function contentLength(fields: readonly string[]): number {
  let length = -1;
  for (let i = 2; i < fields.length; i += 2) {
    if (fields[i] !== "content-length") continue;
    const value = fields[i + 1]!;
    if (!validLength.test(value)) throw new Malformed("content-length is not a number");
    if (length >= 0 && length !== Number(value)) throw new Malformed("two values of content-length");
    length = Number(value);
  }
  return length;
}

function parseStatus(text: string): number {
  if (text === "200") return 200;
  if (!validStatus.test(text)) throw new Malformed("status is not a number from 100 to 599");
  const status = Number(text);
  // RFC 9113 §8.6: HTTP/2 has no 101.
  if (status === 101) throw new Malformed("101 does not exist in HTTP/2");
  return status;
}

function checkField(name: string, value: string): void {
  if (!wellKnown.has(name)) {
    if (!isWellFormed(name)) throw new Malformed("a header name has a character that is not allowed");
    if (connectionSpecific.has(name)) throw new Malformed(`header ${name} has no place in HTTP/2`);
  }
  if (badValue.test(value))
    throw new Malformed(`value of header ${name.slice(0, MOST_SHOWN)} has a character that is not allowed`);
}

function isWellFormed(name: string): boolean {
  return name !== "" && !badName.test(name);
}
