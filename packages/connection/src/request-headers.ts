import { inspect } from "node:util";
import { createField, type Field, FieldError, FieldList, fieldText, type Indexing } from "@apnskit/http2";
import { concealAccessors } from "./conceal-accessors.ts";
import { InvalidRequest } from "./errors.ts";
import { RecentHeaders } from "./recent-headers.ts";

/** Headers that a caller may give: a plain object, or a set that was checked before. */
export type HeadersInit = RequestHeaders | Readonly<Record<string, string>>;

/**
 * Headers whose values differ from request to request. Apple advises putting their names into the HPACK
 * table, not their values ("Sending notification requests to APNs"). All other values repeat, `authorization`
 * too ("Establishing a connection to APNs").
 */
const changing: ReadonlySet<string> = new Set([
  "apns-id",
  "apns-expiration",
  "apns-collapse-id",
  "apns-request-id",
]);

/**
 * Headers that HTTP/1.1 servers behind a proxy act upon (RFC 9110 §7.2, §7.8, §10.1.1; RFC 7540 §3.2.1), and
 * `trailer`, since no trailers follow. Two servers on the way may read such a request differently.
 */
const forbidden: ReadonlySet<string> = new Set(["host", "http2-settings", "expect", "trailer"]);

/**
 * The most characters of a header's name and value. APNs's longest value, a provider token, has about 300.
 */
const MOST_NAME = 128;
const MOST_VALUE = 4_096;

/** Every request has another value of these, so a set with one of them is not worth remembering. */
const neverTwice: ReadonlySet<string> = new Set(["apns-id", "apns-request-id"]);

const noFacts: Facts = {
  expiration: undefined,
  pushType: undefined,
  contentLength: undefined,
  hasCollapseId: false,
};

export function indexingOf(name: string): Indexing {
  return changing.has(name) ? "name" : "indexed";
}

/**
 * Request headers, checked once. Immutable: if a million requests share one set, their headers cost one byte
 * each on the wire and almost no time.
 *
 * Names and values are kept out of `console.log` and `JSON.stringify`: `authorization` is among them.
 */
export class RequestHeaders {
  static {
    concealAccessors(this);
  }

  static readonly #recent = new RecentHeaders<RequestHeaders>();

  readonly #fields: FieldList;
  readonly #facts: Facts;

  private constructor(fields: FieldList, facts: Facts) {
    this.#fields = fields;
    this.#facts = facts;
  }

  /** `apns-expiration` in milliseconds since 1970; `undefined` if it is absent or 0, which means one attempt by APNs. */
  get expiration(): number | undefined {
    return this.#facts.expiration;
  }

  /** The value of `apns-push-type`. */
  get pushType(): string | undefined {
    return this.#facts.pushType;
  }

  /** The value of `content-length`. */
  get contentLength(): string | undefined {
    return this.#facts.contentLength;
  }

  /** Whether there is an `apns-collapse-id`. */
  get hasCollapseId(): boolean {
    return this.#facts.hasCollapseId;
  }

  /** The names only: `authorization` is among the values. */
  [inspect.custom](): string {
    return `RequestHeaders { ${this.names.join(", ")} }`;
  }

  /** No headers. */
  static readonly empty: RequestHeaders = new RequestHeaders(FieldList.empty, noFacts);

  /**
   * @throws {@link InvalidRequest} for a name that is not a lower-case token or has more than 128 characters, a value that
   *   is not a string, has a control character or more than 4,096 characters, headers that HTTP/2 forbids, `host`,
   *   `http2-settings`, `expect`, `trailer`, and an `apns-expiration` that is not a number
   */
  static from(headers: HeadersInit): RequestHeaders {
    if (headers instanceof RequestHeaders) return headers;
    if (typeof headers !== "object" || headers === null) {
      throw new InvalidRequest(
        "headers",
        `headers must be an object; received ${headers === null ? "null" : typeof headers}`,
      );
    }
    const names = Object.keys(headers);
    const known = RequestHeaders.#recent.find(names, headers);
    if (known !== undefined) return known;
    const fields: Field[] = new Array(names.length);
    let mayRepeat = names.length > 0;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const value = headers[name]!;
      const field = toField(name, value);
      fields[i] = field;
      // A text can equal the octets of a different text.
      if (neverTwice.has(name) || field.value !== value) mayRepeat = false;
    }
    const checked = new RequestHeaders(FieldList.trusted(fields), factsOf(fields));
    if (mayRepeat) RequestHeaders.#recent.add(checked);
    return checked;
  }

  /** A set of one. @throws {@link InvalidRequest} as {@link RequestHeaders.from} */
  static of(name: string, value: string): RequestHeaders {
    const fields = [toField(name, value)];
    return new RequestHeaders(FieldList.trusted(fields), factsOf(fields));
  }

  /** @internal A set of one id that the caller made itself, so it needs no check. */
  static ofId(name: "apns-id" | "apns-request-id", uuid: string): RequestHeaders {
    return new RequestHeaders(FieldList.trusted([{ name, value: uuid, indexing: "name" }]), noFacts);
  }

  /** The value of a header, or `undefined`. */
  get(name: string): string | undefined {
    for (const field of this.#fields.fields) {
      if (field.name === name) return fieldText(field);
    }
    return undefined;
  }

  /** Whether there is a header of this name; `name` in lower case. */
  has(name: string): boolean {
    for (const field of this.#fields.fields) {
      if (field.name === name) return true;
    }
    return false;
  }

  /** Whether the two sets share a header name. */
  hasAny(others: RequestHeaders): boolean {
    for (const { name } of others.#fields.fields) {
      if (this.has(name)) return true;
    }
    return false;
  }

  /** A new set with these headers added or replaced. @throws {@link InvalidRequest} as {@link RequestHeaders.from} */
  with(headers: Readonly<Record<string, string>>): RequestHeaders {
    return RequestHeaders.from({ ...this.toRecord(), ...headers });
  }

  /** A new set without these headers. */
  without(names: readonly string[]): RequestHeaders {
    const fields = this.#fields.fields.filter(({ name }) => !names.includes(name));
    return new RequestHeaders(FieldList.trusted(fields), factsOf(fields));
  }

  /** The names, in the order in which they are sent. */
  get names(): string[] {
    return this.#fields.fields.map(({ name }) => name);
  }

  /** All names and values. */
  toRecord(): Record<string, string> {
    return Object.fromEntries(this.#fields.fields.map((field) => [field.name, fieldText(field)]));
  }

  /** In the form that the HTTP/2 encoder takes. */
  get fields(): FieldList {
    return this.#fields;
  }
}

/** The facts that each request needs about its headers. */
interface Facts {
  readonly expiration: number | undefined;
  readonly pushType: string | undefined;
  readonly contentLength: string | undefined;
  readonly hasCollapseId: boolean;
}

function factsOf(fields: readonly Field[]): Facts {
  let { expiration, pushType, contentLength, hasCollapseId } = noFacts;
  for (const field of fields) {
    if (field.name === "apns-expiration") expiration = parseExpiration(field.value);
    else if (field.name === "apns-push-type") pushType = fieldText(field);
    else if (field.name === "content-length") contentLength = fieldText(field);
    else if (field.name === "apns-collapse-id") hasCollapseId = true;
  }
  return { expiration, pushType, contentLength, hasCollapseId };
}

function toField(name: string, value: string): Field {
  if (forbidden.has(name))
    throw new InvalidRequest(name, `header ${JSON.stringify(name)} cannot be sent to APNs`);
  if (name.length > MOST_NAME) {
    throw new InvalidRequest(
      "headers",
      `a header's name has ${name.length} characters, allowed are ${MOST_NAME}`,
    );
  }
  if (value?.length > MOST_VALUE) {
    throw new InvalidRequest(
      name,
      `value of header ${JSON.stringify(name)} has ${value.length} characters, allowed are ${MOST_VALUE}`,
    );
  }
  try {
    return createField(name, value, indexingOf(name));
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new InvalidRequest(error.field, error.message, { cause: error });
  }
}

function parseExpiration(value: string): number | undefined {
  if (value === "0") return undefined;
  if (!/^\d{1,12}$/.test(value)) {
    throw new InvalidRequest("apns-expiration", "apns-expiration must be seconds since 1970, or 0");
  }
  return Number(value) * 1000;
}
