import { type Notification, type RawOptions, raw } from "apnskit";
import { usage } from "../failure.ts";
import { typeOfPayload } from "../notification/from-flags.ts";
import { kindOf, readJsonObject } from "../notification/json-file.ts";
import { InvalidLine } from "./entry.ts";
import { headerOptions } from "./request-headers.ts";

/** How a column becomes a JSON value where a text consists of one placeholder alone, `{{column:number}}`. */
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

/** A part of a text: as it stands, or from a column. */
type Piece = string | { readonly column: number; readonly encode: (value: string) => string };

/** A text with its placeholders found. */
type Pieces = readonly Piece[];

/**
 * A notification with placeholders: `{"headers":{…},"payload":{…}}`, in which `{{column}}` inside a text stands for the
 * column's value. Values are escaped as JSON, so that nothing in them can change the payload's shape.
 */
export class Template {
  readonly #headers: ReadonlyMap<string, Pieces>;
  readonly #payload: Pieces;
  readonly #options: Omit<RawOptions, "payload">;
  readonly #fixedHeaders: boolean;
  readonly #once: Notification | undefined;

  /**
   * @param columns the names that placeholders may use
   * @throws CommandFailure for a template that is none, and for a placeholder without a column
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
    const missing = new Set<string>();
    const compile = (json: unknown) => compileJson(json, columns, missing);
    this.#payload = compile(payload);
    this.#headers = new Map(
      Object.entries(headers as object).map(([header, value]) => [
        header,
        compileText(value, columns, missing),
      ]),
    );
    if (missing.size > 0) {
      const known =
        columns.length === 0 ? "the input has no columns" : `the columns are ${columns.join(", ")}`;
      throw usage(`${name}: no column for ${[...missing].map((one) => `{{${one}}}`).join(", ")}; ${known}`);
    }
    this.#fixedHeaders = [...this.#headers.values()].every(isFixed);
    try {
      const sample = this.#fixedHeaders ? headerOptions(headers) : {};
      const fitting = sample.pushType === undefined && !("apns-push-type" in (headers as object));
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
   * @throws InvalidLine, InvalidNotification for values that it cannot take
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

function isFixed(pieces: Pieces): boolean {
  return pieces.every((piece) => typeof piece === "string");
}

function join(pieces: Pieces, row: readonly string[]): string {
  let text = "";
  for (const piece of pieces) text += typeof piece === "string" ? piece : piece.encode(row[piece.column]!);
  return text;
}

/** A JSON value as text with placeholders. */
function compileJson(json: unknown, columns: readonly string[], missing: Set<string>): Pieces {
  const pieces: Piece[] = [];
  const write = (value: unknown): void => {
    if (typeof value === "string") {
      const whole = typedPlaceholder(value);
      if (whole !== undefined) pieces.push(typed(whole.name, whole.kind, columns, missing));
      else pieces.push('"', ...compileText(value, columns, missing), '"');
    } else if (Array.isArray(value)) {
      sequence(
        "[",
        value.map((one) => () => write(one)),
        "]",
      );
    } else if (typeof value === "object" && value !== null) {
      const members = Object.entries(value).map(([key, one]) => () => {
        pieces.push('"', ...compileText(key, columns, missing), '":');
        write(one);
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
  write(json);
  return merge(pieces);
}

/** The inside of a JSON string. */
function compileText(value: unknown, columns: readonly string[], missing: Set<string>): Pieces {
  const text = typeof value === "string" ? value : JSON.stringify(value);
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
  const column = columns.indexOf(name);
  if (column < 0) missing.add(name);
  return column;
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Neighbouring fixed texts as one. */
function merge(pieces: readonly Piece[]): Pieces {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (typeof piece === "string" && typeof last === "string") merged[merged.length - 1] = last + piece;
    else if (piece !== "") merged.push(piece);
  }
  return merged;
}
