import { ApnskitError } from "./errors.ts";

/**
 * How a header field is put on the wire (RFC 7541 §6):
 *
 * - `"indexed"` – for a value that repeats: it enters the dynamic table once and is one byte from then on;
 * - `"name"` – for a value that changes: only its name enters the table, with the first value that comes along;
 * - `"literal"` – never enters the table;
 * - `"never"` – nor may it enter any table on the way (a secret that is short enough to be guessed, RFC 7541 §7.1.3).
 */
export type Indexing = "indexed" | "name" | "literal" | "never";

/** One header field as it is encoded: name and value hold one octet per character. */
export interface Field {
  /** In lower case; pseudo-headers with their colon. */
  readonly name: string;
  /** The octets of its UTF-8 form; {@link fieldText} gives the text back. */
  readonly value: string;
  /** How it is put on the wire. */
  readonly indexing: Indexing;
}

/** What cannot be sent as a header field; `field` is its name, values are never repeated. */
export class FieldError extends ApnskitError {
  static {
    this.recogniseAs("FieldError");
  }

  override readonly name = "FieldError";
  /** Stable. */
  readonly code = "ERR_HTTP2_FIELD";
  /** The field's name, as it was given; `:method` or `:authority` for what the session puts in front. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

// RFC 9113 §8.2.1 with RFC 9110 §5.6.2: a token, without upper case.
const validName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
// RFC 9113 §8.2.1: no NUL, LF or CR. RFC 9110 §5.5 leaves no room for other control characters, but for the tab.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbiddenInValue = /[\u0000-\u0008\u000a-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is left out
const beyondAscii = /[^\u0000-\u007f]/;

/** Fields that are about one HTTP/1.1 hop; HTTP/2 forbids them (RFC 9113 §8.2.2). */
export const connectionSpecific: ReadonlySet<string> = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Header fields, checked once and ready to be encoded any number of times. Immutable, so that requests and
 * connections share one; the encoder remembers what it made of it.
 */
export class FieldList {
  /** In the order in which they are sent. */
  readonly fields: readonly Field[];
  /** An upper bound of the octets that the encoded fields take. */
  readonly maxEncodedLength: number;

  private constructor(fields: readonly Field[]) {
    let length = 0;
    for (const { name, value } of fields) length += name.length + value.length + 13;
    this.fields = fields;
    this.maxEncodedLength = length;
  }

  /** No fields; every empty list is this one. */
  static readonly empty: FieldList = new FieldList([]);

  /**
   * Checks ordinary header fields. Values are sent as UTF-8.
   *
   * @param entries names (lower case) and values, in the order in which they are to be sent
   * @param indexing chooses how each field is put on the wire
   * @throws {@link FieldError} for a name that is no lower-case token, is a pseudo-header or belongs to HTTP/1.1, and for
   *   a value with a control character or with white space at either end (RFC 9113 §8.2)
   */
  static from(
    entries: Iterable<readonly [name: string, value: string]>,
    indexing: (name: string) => Indexing,
  ): FieldList {
    const fields: Field[] = [];
    for (const [name, value] of entries) fields.push(createField(name, value, indexing(name)));
    return FieldList.trusted(fields);
  }

  /** Fields that have been checked: by {@link createField}, or by the session for what it puts in front itself. */
  static trusted(fields: readonly Field[]): FieldList {
    return fields.length === 0 ? FieldList.empty : new FieldList(fields);
  }
}

/**
 * Checks one ordinary header field; the value is sent as UTF-8.
 *
 * @throws {@link FieldError} as {@link FieldList.from}
 */
export function createField(name: string, value: string, indexing: Indexing): Field {
  checkName(name);
  return { name, value: octets(name, value), indexing };
}

/** Names that have been checked. They come from programs, not from data: there are few. */
const checkedNames = new Set<string>();
const MOST_CHECKED_NAMES = 1_000;

function checkName(name: string): void {
  if (checkedNames.has(name)) return;
  if (typeof name !== "string" || !validName.test(name)) {
    throw new FieldError(String(name), `header name ${JSON.stringify(name)} is not a lower-case token`);
  }
  if (connectionSpecific.has(name) || name === "te") {
    throw new FieldError(name, `header ${JSON.stringify(name)} has no place in HTTP/2`);
  }
  if (checkedNames.size < MOST_CHECKED_NAMES) checkedNames.add(name);
}

// What nearly every value is: it needs no further check, and is its own octets.
const plainValue = /^[!-~](?:[ -~]*[!-~])?$/;

/** The value of a field as it was given. */
export function fieldText({ value }: Field): string {
  return plainValue.test(value) ? value : Buffer.from(value, "latin1").toString("utf8");
}

/** The value as octets, one per character; checks it. */
function octets(name: string, value: string): string {
  if (typeof value === "string" && plainValue.test(value)) return value;
  if (typeof value !== "string") {
    throw new FieldError(name, `value of header ${JSON.stringify(name)} is not a string but ${typeof value}`);
  }
  if (forbiddenInValue.test(value)) {
    throw new FieldError(
      name,
      `value of header ${JSON.stringify(name)} has a line break or other control character`,
    );
  }
  if (value !== value.trim()) {
    throw new FieldError(name, `value of header ${JSON.stringify(name)} begins or ends with white space`);
  }
  return beyondAscii.test(value) ? Buffer.from(value, "utf8").toString("latin1") : value;
}
