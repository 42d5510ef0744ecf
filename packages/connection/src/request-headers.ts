import { FieldError, FieldList, type Indexing } from "@apnskit/http2";
import { InvalidRequest } from "./errors.ts";

/** Headers that a caller may give: a plain object, or a set that was checked before. */
export type HeadersInit = RequestHeaders | Readonly<Record<string, string>>;

/**
 * Values that differ from request to request: Apple advises to put their names into the HPACK table, not their values
 * ("Sending notification requests to APNs"). All others repeat, `authorization` too ("Establishing a connection to
 * APNs").
 */
const changing: ReadonlySet<string> = new Set([
  "apns-id",
  "apns-expiration",
  "apns-collapse-id",
  "apns-request-id",
]);

export function indexingOf(name: string): Indexing {
  return changing.has(name) ? "name" : "indexed";
}

/**
 * Request headers, checked once. Immutable: let a million requests share one, then their headers cost one byte each on
 * the wire and next to no time.
 *
 * Names and values are kept out of `console.log` and `JSON.stringify`: `authorization` is among them.
 */
export class RequestHeaders {
  readonly #record: Readonly<Record<string, string>>;
  readonly #fields: FieldList;
  /** `apns-expiration` in milliseconds since 1970; `undefined` if it is absent or 0, which means one attempt by APNs. */
  readonly expiration: number | undefined;

  private constructor(record: Readonly<Record<string, string>>) {
    this.#record = record;
    this.#fields = toFields(record);
    this.expiration = parseExpiration(record["apns-expiration"]);
  }

  static readonly empty: RequestHeaders = new RequestHeaders({});

  /**
   * @throws {@link InvalidRequest} for a name that is not a lower-case token, a value that is no string or has a line
   *   break or other control character, headers that HTTP/2 forbids, and an `apns-expiration` that is no number
   */
  static from(headers: HeadersInit): RequestHeaders {
    if (headers instanceof RequestHeaders) return headers;
    if (typeof headers !== "object" || headers === null) {
      throw new InvalidRequest(
        "headers",
        `headers must be an object, got ${headers === null ? "null" : typeof headers}`,
      );
    }
    return new RequestHeaders({ ...headers });
  }

  /** The value of a header, or `undefined`. */
  get(name: string): string | undefined {
    return Object.hasOwn(this.#record, name) ? this.#record[name] : undefined;
  }

  /** A new set with these headers added or replaced. @throws {@link InvalidRequest} as {@link RequestHeaders.from} */
  with(headers: Readonly<Record<string, string>>): RequestHeaders {
    return new RequestHeaders({ ...this.#record, ...headers });
  }

  /** A new set that lacks these. */
  without(names: readonly string[]): RequestHeaders {
    return new RequestHeaders(
      Object.fromEntries(Object.entries(this.#record).filter(([name]) => !names.includes(name))),
    );
  }

  get names(): string[] {
    return Object.keys(this.#record);
  }

  /** All names and values. */
  toRecord(): Record<string, string> {
    return { ...this.#record };
  }

  /** In the form that the HTTP/2 encoder takes. */
  get fields(): FieldList {
    return this.#fields;
  }
}

function toFields(record: Readonly<Record<string, string>>): FieldList {
  try {
    return FieldList.from(Object.entries(record), indexingOf);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new InvalidRequest(error.field, error.message, { cause: error });
  }
}

function parseExpiration(value: string | undefined): number | undefined {
  if (value === undefined || value === "0") return undefined;
  if (!/^\d{1,12}$/.test(value)) {
    throw new InvalidRequest("apns-expiration", "apns-expiration must be seconds since 1970, or 0");
  }
  return Number(value) * 1000;
}
