import { type Notification, type RawOptions, raw } from "apnskit";
import { usage } from "../failure.ts";
import { typeOfPayload } from "../notification/from-flags.ts";
import { kindOf, readJsonObject } from "../notification/json-file.ts";
import { InvalidLine } from "./entry.ts";
import { headerOptions } from "./request-headers.ts";

/** How a column becomes a JSON value if a text consists of one placeholder only, `{{column:number}}`. */
const KINDS: Readonly<Record<string, (value: string) => string | undefined>> = {
  number: (value) => (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value) ? value : undefined),
  boolean: (value) => (value === "true" || value === "false" ? value : undefined),
  json: (value) => {
    try {
      return JSON.stringify(JSON.parse(value));
    } catch {
      return undefined;
    }
  },
};

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
const WHOLE = /^\{\{([^{}]*)\}\}$/;

/** A part of a text: fixed, or from a column. */
type Piece = string | { readonly column: number; readonly encode: (value: string) => string };

/** A text with its placeholders found. */
type Pieces = readonly Piece[];

/**
 * A notification with placeholders: `{"headers":{…},"payload":{…}}`, in which `{{column}}` inside a text
 * stands for the column's value. Values are escaped as JSON, so they cannot change the payload's structure.
 */
export class Template {
  readonly #headers: ReadonlyMap<string, Pieces>;
  readonly #payload: Pieces;
  readonly #options: Omit<RawOptions, "payload">;
  readonly #fixedHeaders: boolean;
  readonly #once: Notification | undefined;

  /**
   * @param columns the names that placeholders may use
   * @throws CommandFailure for an invalid template, and for a placeholder without a column
   */
  constructor(path: string, columns: readonly string[]) {
    const name = `--template ${path}`;
    const { headers = {}, payload, ...rest } = readJsonObject(path, "--template");
    const [stray] = Object.keys(rest);
    if (stray !== undefined)
      throw usage(`${name}: unknown key ${JSON.stringify(stray)}; known are headers and payload`);
    if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
      throw usage(`${name}: payload must be a JSON object, not ${kindOf(payload)}`);
    }
    checkHeaders(headers, name);
    const missing = new Set<string>();
    try {
      this.#payload = compileJson(payload, columns, missing);
      this.#headers = new Map(
        Object.entries(headers).map(([header, value]) => [header, compileText(value, columns, missing)]),
      );
    } catch (error) {
      if (error instanceof InvalidLine) throw usage(`${name}: ${error.message}`, { cause: error });
      throw error;
    }
    if (missing.size > 0) throw usage(`${name}: ${missingColumns([...missing], columns)}`);
    this.#fixedHeaders = [...this.#headers.values()].every(isFixed);
    try {
      const sample = this.#fixedHeaders ? headerOptions(headers) : {};
      const fitting = sample.pushType === undefined && !("apns-push-type" in headers);
      const pushType = fitting
        ? typeOfPayload(payload as Readonly<Record<string, unknown>>)
        : sample.pushType;
      const priority = sample.priority ?? (pushType === "background" ? 5 : undefined);
      this.#options = { ...sample, pushType, ...(priority !== undefined && { priority }) };
      this.#once = this.#fixedHeaders && isFixed(this.#payload) ? this.#make([]) : undefined;
    } catch (error) {
      if (error instanceof InvalidLine) throw usage(`${name}: ${error.message}`, { cause: error });
      const { code } = error as { code?: string };
      if (code?.startsWith("ERR_APNS_"))
        throw usage(`${name}: ${(error as Error).message}`, { cause: error });
      throw error;
    }
  }

  /**
   * The notification for a row.
   *
   * @throws InvalidLine, InvalidNotification for unusable values
   */
  fill(row: readonly string[]): Notification {
    return this.#once ?? this.#make(row);
  }

  #make(row: readonly string[]): Notification {
    const payload = join(this.#payload, row);
    if (this.#fixedHeaders) return raw({ ...this.#options, payload });
    const headers: Record<string, string> = {};
    for (const [name, pieces] of this.#headers) headers[name] = JSON.parse(`"${join(pieces, row)}"`);
    return raw({ ...this.#options, ...headerOptions(headers), payload });
  }
}

function checkHeaders(headers: unknown, name: string): asserts headers is Readonly<Record<string, string>> {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    throw usage(`${name}: headers must be a JSON object, not ${kindOf(headers)}`);
  }
  for (const [header, value] of Object.entries(headers)) {
    if (typeof value === "string") continue;
    throw usage(`${name}: header ${JSON.stringify(header)} must be text, not ${kindOf(value)}`);
  }
}

/** Columns that are named in a message at most. */
const MOST_NAMED = 20;

function missingColumns(missing: readonly string[], columns: readonly string[]): string {
  const shown = missing.map((one) => `{{${one}}}`).join(", ");
  const kinds = Object.keys(KINDS).join(", ");
  const misplaced = missing.find((one) => columns.includes(one.slice(0, one.lastIndexOf(":")).trim()));
  if (misplaced !== undefined) {
    return `{{${misplaced}}} must be a whole text, and what stands behind the colon ${kinds}`;
  }
  const named = columns.filter((column) => column !== "");
  if (named.length === 0) return `no column for ${shown}; the input has no columns`;
  const more = named.length > MOST_NAMED ? " …" : "";
  return `no column for ${shown}; the columns are ${named.slice(0, MOST_NAMED).join(", ")}${more}`;
}

function isFixed(pieces: Pieces): boolean {
  return pieces.every((piece) => typeof piece === "string");
}

function join(pieces: Pieces, row: readonly string[]): string {
  let text = "";
  for (const piece of pieces) text += typeof piece === "string" ? piece : piece.encode(row[piece.column]!);
  return text;
}

/** As deep as a payload may be: what is deeper is refused before it fills the stack. */
const DEEPEST = 500;

/** A JSON value as text with placeholders. */
function compileJson(json: unknown, columns: readonly string[], missing: Set<string>): Pieces {
  const pieces: Piece[] = [];
  const write = (value: unknown, depth: number): void => {
    if (depth > DEEPEST) throw new InvalidLine(`payload is nested deeper than ${DEEPEST} levels`);
    if (typeof value === "string") {
      const whole = typedPlaceholder(value);
      if (whole !== undefined) pieces.push(typed(whole.name, whole.kind, columns, missing));
      else pieces.push('"', ...compileText(value, columns, missing), '"');
    } else if (Array.isArray(value)) {
      sequence(
        "[",
        value.map((one) => () => write(one, depth + 1)),
        "]",
      );
    } else if (typeof value === "object" && value !== null) {
      const members = Object.entries(value).map(([key, one]) => () => {
        pieces.push('"', ...compileText(key, columns, missing), '":');
        write(one, depth + 1);
      });
      sequence("{", members, "}");
    } else {
      pieces.push(JSON.stringify(value));
    }
  };
  const sequence = (open: string, members: readonly (() => void)[], close: string): void => {
    pieces.push(open);
    for (const [index, member] of members.entries()) {
      if (index > 0) pieces.push(",");
      member();
    }
    pieces.push(close);
  };
  write(json, 0);
  return merge(pieces);
}

/** The inside of a JSON string. */
function compileText(text: string, columns: readonly string[], missing: Set<string>): Pieces {
  const rest = text.replace(PLACEHOLDER, "");
  if (rest.includes("{{")) {
    throw new InvalidLine("a {{ is never closed by }}, or its name holds braces");
  }
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    pieces.push(escaped(text.slice(end, match.index)));
    pieces.push({ column: columnOf(match[1]!.trim(), columns, missing), encode: escaped });
    end = match.index + match[0].length;
  }
  pieces.push(escaped(text.slice(end)));
  return merge(pieces);
}

/** A text that is one placeholder with a kind: `{{column:number}}`. */
function typedPlaceholder(text: string): { readonly name: string; readonly kind: string } | undefined {
  const inner = WHOLE.exec(text)?.[1] ?? "";
  const colon = inner.lastIndexOf(":");
  const kind = inner.slice(colon + 1).trim();
  return colon >= 0 && Object.hasOwn(KINDS, kind) ? { name: inner.slice(0, colon).trim(), kind } : undefined;
}

function typed(name: string, kind: string, columns: readonly string[], missing: Set<string>): Piece {
  const encode = KINDS[kind]!;
  return {
    column: columnOf(name, columns, missing),
    encode: (value) => {
      const encoded = encode(value);
      if (encoded === undefined) throw new InvalidLine(`column ${JSON.stringify(name)} must be a ${kind}`);
      return encoded;
    },
  };
}

function columnOf(name: string, columns: readonly string[], missing: Set<string>): number {
  // A column without a name cannot be meant.
  const column = name === "" ? -1 : columns.indexOf(name);
  if (column < 0) missing.add(name);
  return column;
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Joins neighbouring fixed texts. */
function merge(pieces: readonly Piece[]): Pieces {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (typeof piece === "string" && typeof last === "string") merged[merged.length - 1] = last + piece;
    else if (piece !== "") merged.push(piece);
  }
  return merged;
}
