import { inspect } from "node:util";
import { concealAccessors } from "./conceal-accessors.ts";
import { FormatError } from "./errors.ts";
import { printable, withoutControls } from "./printable.ts";

const decoder = new TextDecoder();
/** The last millisecond that a `Date` takes (ECMA-262 §21.4.1.1). */
const LATEST_DATE = 8.64e15;

/**
 * An answer of APNs, immutable. Status 200 means that APNs accepted the notification. Any other status means
 * that APNs did not.
 */
export class Response {
  static {
    concealAccessors(this);
  }

  /** The HTTP status (Apple: "Handling notification responses from APNs"); never an interim one (1xx). */
  readonly status: number;
  readonly #fields: readonly string[];
  readonly #trailers: readonly string[];
  /** Empty for 200. */
  readonly body: Uint8Array;

  /**
   * @param fields alternating header names and values, `:status` included
   * @param trailers likewise
   */
  constructor(status: number, fields: readonly string[], body: Uint8Array, trailers: readonly string[] = []) {
    this.status = status;
    this.#fields = fields;
    this.body = body;
    this.#trailers = trailers;
  }

  /** One line: the status, and the reason if there is one. */
  [inspect.custom](): string {
    const { reason } = this;
    return `Response { ${this.status}${reason === undefined ? "" : ` ${reason}`}, body ${this.body.length} bytes }`;
  }

  /** True for a status from 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** The value of a header as it came, or `undefined`; `name` in lower case. */
  header(name: string): string | undefined {
    return find(this.#fields, name);
  }

  /** All headers; several of one name are joined by `", "` (RFC 9110 §5.3). */
  get headers(): Record<string, string> {
    return toRecord(this.#fields);
  }

  /** Header fields that came after the body. */
  get trailers(): Record<string, string> {
    return toRecord(this.#trailers);
  }

  /** The notification's id, from the client or made by APNs. Usually upper case, so compare without case. */
  get apnsId(): string | undefined {
    return clean(this.header("apns-id"));
  }

  /** In the sandbox: the key for the delivery log in Apple's Push Notification Console. */
  get apnsUniqueId(): string | undefined {
    return clean(this.header("apns-unique-id"));
  }

  /**
   * Why APNs refused, for example `"BadDeviceToken"` (Apple: "Handling notification responses from APNs");
   * `undefined` for an accepted request, or if the body has no reason.
   */
  get reason(): string | undefined {
    const reason = this.#error?.reason;
    return typeof reason === "string" ? printable(reason) : undefined;
  }

  /**
   * With 410: when the device token was last found to be invalid, in milliseconds since 1970; `undefined` if
   * the answer has no time that fits into a `Date`.
   */
  get timestamp(): number | undefined {
    const timestamp = this.#error?.timestamp;
    return typeof timestamp === "number" && timestamp >= 0 && timestamp <= LATEST_DATE
      ? timestamp
      : undefined;
  }

  /** The body as UTF-8; invalid octets become U+FFFD. */
  text(): string {
    return decoder.decode(this.body);
  }

  /** @throws {@link FormatError} if the body is not JSON */
  json(): unknown {
    try {
      return JSON.parse(this.text());
    } catch (error) {
      throw new FormatError(`the body of the answer (status ${this.status}) is not JSON`, { cause: error });
    }
  }

  /** The error object of APNs, read leniently: a proxy on the way may have answered with anything. */
  get #error(): { reason?: unknown; timestamp?: unknown } | undefined {
    if (this.ok || this.body.length === 0) return undefined;
    try {
      const value: unknown = JSON.parse(this.text());
      return typeof value === "object" && value !== null ? value : undefined;
    } catch {
      return undefined;
    }
  }
}

function clean(value: string | undefined): string | undefined {
  return value === undefined ? undefined : withoutControls(value);
}

function find(fields: readonly string[], name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === name) return fields[i + 1];
  }
  return undefined;
}

function toRecord(fields: readonly string[]): Record<string, string> {
  // A map: a header may be called `__proto__`.
  const record = new Map<string, string>();
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    if (name.startsWith(":")) continue;
    const before = record.get(name);
    record.set(name, before === undefined ? fields[i + 1]! : `${before}, ${fields[i + 1]}`);
  }
  return Object.fromEntries(record);
}
