import { ApnskitError } from "./errors.ts";

/**
 * How a header field is put on the wire (RFC 7541 §6):
 *
 * - `"indexed"` – for a value that repeats: it enters the dynamic table once and is one byte from then on;
 * - `"name"` – for a value that changes: only its name enters the table, with the first value that comes along;
 * - `"literal"` – never enters the table;
 * - `"never"` – no intermediary may put it into a table either (a secret short enough to be guessed, RFC 7541
 *   §7.1.3).
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

/** Octets that a field counts in a header list beyond its name and value (RFC 9113 §6.5.2). */
const FIELD_OVERHEAD = 32;

/** Octets that one field counts in a header list (RFC 9113 §6.5.2). Both strings hold one octet per character. */
export function fieldSize(name: string, value: string): number {
  return name.length + value.length + FIELD_OVERHEAD;
}

/** A header field that cannot be sent. `field` is its name; messages never repeat a value. */
export class FieldError extends ApnskitError {
  static {
    this.recogniseAs("FieldError");
  }

  override readonly name = "FieldError";
  /** Stable. */
  readonly code = "ERR_HTTP2_FIELD";
  /** The field's name as the caller gave it; `:method` or `:authority` for a pseudo-header of the session. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

// RFC 9113 §8.2.1 with RFC 9110 §5.6.2: a token, without upper case.
const validName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
// RFC 9113 §8.2.1: no NUL, LF or CR. RFC 9110 §5.5 leaves no room for other control characters, but for the tab.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
const forbiddenInValue = /[\u0000-\u0008\u000a-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression excludes ASCII
const beyondAscii = /[^\u0000-\u007f]/;

/** Fields for a single HTTP/1.1 hop; HTTP/2 forbids them (RFC 9113 §8.2.2). */
export const connectionSpecific: ReadonlySet<string> = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Header fields, checked once and ready to be encoded any number of times. Immutable, so that requests and
 * connections share a list; each encoder remembers its encoded form.
 */
export class FieldList {
  /** In the order in which they are sent. */
  readonly fields: readonly Field[];
  /** An upper bound of the octets that the encoded fields take. */
  readonly maxEncodedLength: number;
  /** Octets that the fields count in a header list: names, values, and 32 for each field (RFC 9113 §6.5.2). */
  readonly size: number;
  /**
   * @internal True once an encoder has met the list: its octets are worth keeping. The fields do not change.
   */
  encodedOnce = false;

  private constructor(fields: readonly Field[]) {
    let length = 0;
    for (const { name, value } of fields) length += name.length + value.length;
    this.fields = fields;
    this.maxEncodedLength = length + 13 * fields.length;
    this.size = length + FIELD_OVERHEAD * fields.length;
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

  /** A list of fields that {@link createField} has checked, or of the session's own pseudo-headers. */
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

/** Names that have been checked. Programs use few names; the bounds limit memory if names come from data. */
const checkedNames = new Set<string>();
const MOST_CHECKED_NAMES = 1_000;
const LONGEST_CHECKED_NAME = 100;

function checkName(name: string): void {
  if (checkedNames.has(name)) return;
  if (typeof name !== "string" || !validName.test(name)) {
    throw new FieldError(String(name), `header name ${shown(name)} is not a lower-case token`);
  }
  if (connectionSpecific.has(name) || name === "te") {
    throw new FieldError(name, `header ${shown(name)} has no place in HTTP/2`);
  }
  if (checkedNames.size < MOST_CHECKED_NAMES && name.length <= LONGEST_CHECKED_NAME) checkedNames.add(name);
}

/** A name for a message: quoted, at most 64 characters, ASCII only. */
function shown(name: unknown): string {
  return JSON.stringify(String(name).slice(0, 64)).replace(/[^ -~]/g, "?");
}

// Visible ASCII needs no further check and is its own UTF-8. Nearly every value matches.
const plainValue = /^[!-~](?:[ -~]*[!-~])?$/;

/** The value of a field as the caller gave it. */
export function fieldText({ value }: Field): string {
  return plainValue.test(value) ? value : Buffer.from(value, "latin1").toString("utf8");
}

/** The value as octets, one per character; checks it. */
function octets(name: string, value: string): string {
  if (typeof value === "string" && plainValue.test(value)) return value;
  if (typeof value !== "string") {
    throw new FieldError(name, `value of header ${shown(name)} is not a string but ${typeof value}`);
  }
  if (forbiddenInValue.test(value)) {
    throw new FieldError(name, `value of header ${shown(name)} has a line break or other control character`);
  }
  if (value !== value.trim()) {
    throw new FieldError(name, `value of header ${shown(name)} begins or ends with white space`);
  }
  return beyondAscii.test(value) ? Buffer.from(value, "utf8").toString("latin1") : value;
}
