import { inspect, types } from "node:util";
import { type Content, type FieldList, type OutgoingRequest, octetsOf, TextContent } from "@apnskit/http2";
import { bodyLimit } from "./body-limit.ts";
import { concealAccessors } from "./conceal-accessors.ts";
import { markCopy } from "./copy.ts";
import { InvalidRequest } from "./errors.ts";
import { received, shownName } from "./options.ts";
import { type HeadersInit, RequestHeaders } from "./request-headers.ts";

/** Options of a request. An invalid option throws {@link InvalidRequest}. */
export interface RequestOptions {
  /**
   * Milliseconds from `post` until the request times out, queueing and retries included. Default 10,000, from
   * 0; `Infinity` for no limit.
   */
  timeout?: number | undefined;
  /** The instant at which the request times out: a `Date`, or milliseconds since 1970. Default none. */
  deadline?: Date | number | undefined;
  /**
   * The caller's promise that a second notification does no harm. So the pool may send the request again if
   * it cannot know whether the first was delivered. Default: true if there is an `apns-collapse-id`, else
   * false.
   */
  idempotent?: boolean | undefined;
  /** The HTTP method. Default `"POST"`. */
  method?: "POST" | "GET" | "DELETE" | undefined;
  /**
   * The most bytes of the body. Default 4,096; 5,120 for `voip` and broadcasts (Apple: "Sending notification
   * requests to APNs"). The server makes the final decision, with 413.
   */
  maxBodyLength?: number | undefined;
}

/** The default `timeout` of a request, in milliseconds. */
export const DEFAULT_TIMEOUT = 10_000;

/** Request options that have been checked. */
export interface CheckedOptions {
  readonly timeout: number;
  readonly deadline: number | undefined;
  readonly idempotent: boolean | undefined;
  readonly method: string;
}

/** The parts that requests share if they differ only in path and own headers; see {@link sharedParts}. */
export interface SharedParts {
  readonly headers: RequestHeaders;
  readonly content: Content;
  readonly timeout: number;
  readonly deadline: number | undefined;
  readonly idempotent: boolean;
  readonly method: string;
}

// RFC 3986 §3.3 and §3.4: what a path and a query may hold, percent-encoding included.
const validPath = /^\/[\w\-.~%!$&'()*+,;=:@/?]*$/;
/**
 * The most characters of a path. A device push has about 75, or 210 with the longest token that Apple allows.
 */
const MOST_PATH = 1_024;
const known: ReadonlySet<string> = new Set<keyof RequestOptions>([
  "timeout",
  "deadline",
  "idempotent",
  "method",
  "maxBodyLength",
]);
const methods: ReadonlySet<string> = new Set(["POST", "GET", "DELETE"]);
const noBody = new Uint8Array(0);

/** The constructor of {@link Request}, for this file. */
let create: (path: string, shared: SharedParts, own: RequestHeaders) => Request;

/**
 * One request to APNs. Immutable and cheap: {@link Request.to} makes another request with the same headers
 * and body, so a notification for a million devices is encoded once.
 *
 * Its time limit is the earliest of `timeout`, `deadline` and the `apns-expiration` header. Path, headers and body are
 * kept out of `console.log` and `JSON.stringify`: they hold device tokens, credentials and payloads.
 */
export class Request {
  static {
    markCopy(this, "Request");
    concealAccessors(this);
    create = (path, shared, own) => new Request(path, shared, own);
  }

  readonly #path: string;
  readonly #shared: SharedParts;
  /** Headers of this request alone. */
  readonly #own: RequestHeaders;

  private constructor(path: string, shared: SharedParts, own: RequestHeaders) {
    this.#path = path;
    this.#shared = shared;
    this.#own = own;
  }

  /**
   * @param path begins with `/`, for example `/3/device/<token>`; 1,024 characters at most
   * @param headers names in lower case; give many requests the same {@link RequestHeaders}
   * @param body bytes, or text that is sent as UTF-8; bytes are not copied, so do not change them
   * @throws {@link InvalidRequest}
   */
  static of(
    path: string,
    headers: HeadersInit = RequestHeaders.empty,
    body: Uint8Array | string = noBody,
    options: RequestOptions = {},
  ): Request {
    checkPath(path);
    const limits = checkOptions(options);
    const checked = RequestHeaders.from(headers);
    const content = toContent(body);
    const most = options.maxBodyLength ?? bodyLimit(path, checked.pushType);
    if (content.length > most) {
      throw new InvalidRequest("body", `body has ${content.length} bytes, allowed are ${most}`);
    }
    const shared = sharedParts(checked, content, limits);
    return new Request(path, shared, RequestHeaders.empty);
  }

  /**
   * A request whose body is `payload` as JSON.
   *
   * @throws {@link InvalidRequest}, also for a payload that `JSON.stringify` cannot write
   */
  static json(path: string, headers: HeadersInit, payload: unknown, options: RequestOptions = {}): Request {
    return Request.of(path, headers, toJson(payload), options);
  }

  /**
   * The same request to another path.
   *
   * @param headers headers of the new request alone, such as `apns-id`; those of the same name are replaced
   * @throws {@link InvalidRequest}
   */
  to(path: string, headers?: HeadersInit): Request {
    checkPath(path);
    return headers === undefined ? new Request(path, this.#shared, this.#own) : this.#with(path, headers);
  }

  /**
   * The same request with these headers added or replaced; they belong to the new request alone. With an
   * `apns-collapse-id` among them it counts as idempotent.
   *
   * @throws {@link InvalidRequest}
   */
  with(headers: HeadersInit): Request {
    return this.#with(this.#path, headers);
  }

  #with(path: string, headers: HeadersInit): Request {
    const added = RequestHeaders.from(headers);
    const shared = besides(this.#shared, added);
    const own = this.#own === RequestHeaders.empty ? added : this.#own.with(added.toRecord());
    return new Request(path, shared, own);
  }

  /** One line without path, headers or body. */
  [inspect.custom](): string {
    return `Request { ${this.method}, body ${this.#shared.content.length} bytes, timeout ${this.timeout} }`;
  }

  get path(): string {
    return this.#path;
  }

  get method(): string {
    return this.#shared.method;
  }

  /** The bytes to send: the given bytes, not a copy, or the UTF-8 form of the given text. */
  get body(): Uint8Array {
    return octetsOf(this.#shared.content);
  }

  /** Milliseconds from `post` until the request times out. */
  get timeout(): number {
    return this.#shared.timeout;
  }

  /** Milliseconds since 1970 at which the request times out, by the `deadline` option. */
  get deadline(): number | undefined {
    return this.#shared.deadline;
  }

  /** Milliseconds since 1970 after which APNs would not deliver it, by the `apns-expiration` header. */
  get expiration(): number | undefined {
    return this.#own.expiration ?? this.#shared.headers.expiration;
  }

  /** True if sending it twice does no harm. */
  get idempotent(): boolean {
    return this.#shared.idempotent;
  }

  /** The value of a header, or `undefined`. */
  header(name: string): string | undefined {
    return this.#own.get(name) ?? this.#shared.headers.get(name);
  }

  /** All headers. */
  get headers(): Record<string, string> {
    return { ...this.#shared.headers.toRecord(), ...this.#own.toRecord() };
  }

  private get content(): Content {
    return this.#shared.content;
  }

  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: the HTTP/2 encoder reads it, see `outgoing`
  private get sharedFields(): FieldList {
    return this.#shared.headers.fields;
  }

  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: the HTTP/2 encoder reads it, see `outgoing`
  private get ownFields(): FieldList {
    return this.#own.fields;
  }
}

/** A request in the form that the HTTP/2 session takes: the same object. */
export function outgoing(request: Request): OutgoingRequest {
  return request as unknown as OutgoingRequest;
}

/**
 * The parts that requests share, for {@link requestOf}. The caller has checked the length of the body.
 *
 * @throws {@link InvalidRequest} for a `content-length` that differs from the body's length
 */
export function sharedParts(
  headers: RequestHeaders,
  content: Content,
  { timeout, deadline, idempotent, method }: CheckedOptions,
): SharedParts {
  checkContentLength(headers, content);
  return {
    headers,
    content,
    timeout,
    deadline,
    idempotent: idempotent ?? headers.hasCollapseId,
    method,
  };
}

/**
 * A request made of checked parts: one object for a notification to one device.
 *
 * @param path has passed {@link checkPath}, or is made of parts that allow nothing else
 * @param own headers of this request alone; those of the same name are replaced
 */
export function requestOf(path: string, shared: SharedParts, own: RequestHeaders): Request {
  return create(path, own === RequestHeaders.empty ? shared : besides(shared, own), own);
}

/** The shared parts of a request that also has these headers. */
function besides(shared: SharedParts, own: RequestHeaders): SharedParts {
  checkContentLength(own, shared.content);
  let parts = shared;
  if (parts.headers.hasAny(own)) parts = { ...parts, headers: parts.headers.without(own.names) };
  if (!parts.idempotent && own.hasCollapseId) parts = { ...parts, idempotent: true };
  return parts;
}

/** @throws {@link InvalidRequest} for a path that cannot be used */
export function checkPath(path: string): void {
  // The path is not repeated: it may hold a device token.
  if (path?.length > MOST_PATH) {
    throw new InvalidRequest("path", `path has ${path.length} characters, allowed are ${MOST_PATH}`);
  }
  if (typeof path !== "string" || !validPath.test(path)) {
    throw new InvalidRequest(
      "path",
      "path must begin with / and hold only characters that RFC 3986 allows there",
    );
  }
}

function checkContentLength(headers: RequestHeaders, content: Content): void {
  const given = headers.contentLength;
  if (given === undefined || given === String(content.length)) return;
  throw new InvalidRequest("content-length", `content-length must be that of the body: ${content.length}`);
}

/** @throws {@link InvalidRequest} */
export function checkOptions(options: RequestOptions): CheckedOptions {
  if (typeof options !== "object" || options === null) {
    throw new InvalidRequest("options", `options must be an object${received(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.has(name)) {
      throw new InvalidRequest(name.slice(0, 40), `unknown request option ${shownName(name)}`);
    }
  }
  const { timeout, deadline, method, maxBodyLength, idempotent } = options;
  if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0)) {
    throw new InvalidRequest(
      "timeout",
      `timeout must be milliseconds from 0, or Infinity${received(timeout)}`,
    );
  }
  if (deadline !== undefined && !isInstant(deadline)) {
    throw new InvalidRequest(
      "deadline",
      `deadline must be a Date or milliseconds since 1970${received(deadline)}`,
    );
  }
  if (method !== undefined && !methods.has(method)) {
    throw new InvalidRequest("method", `method must be POST, GET or DELETE${received(method)}`);
  }
  if (maxBodyLength !== undefined && !(Number.isInteger(maxBodyLength) && maxBodyLength >= 0)) {
    throw new InvalidRequest(
      "maxBodyLength",
      `maxBodyLength must be an integer from 0${received(maxBodyLength)}`,
    );
  }
  if (idempotent !== undefined && typeof idempotent !== "boolean") {
    throw new InvalidRequest("idempotent", `idempotent must be true or false${received(idempotent)}`);
  }
  return {
    timeout: timeout ?? DEFAULT_TIMEOUT,
    deadline: deadline === undefined ? undefined : Number(deadline),
    idempotent,
    method: method ?? "POST",
  };
}

/** Only real instants count: `Number("")` and `Number(null)` are 0, and would end every request at once. */
function isInstant(deadline: unknown): boolean {
  if (typeof deadline === "number") return Number.isFinite(deadline);
  return deadline instanceof Date && !Number.isNaN(deadline.getTime());
}

function toContent(body: Uint8Array | string): Content {
  if (typeof body === "string") return body === "" ? noBody : new TextContent(body);
  if (types.isUint8Array(body)) return body;
  throw new InvalidRequest(
    "body",
    `body must be bytes or a string; received ${body === null ? "null" : typeof body}`,
  );
}

function toJson(payload: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(payload);
  } catch (error) {
    throw new InvalidRequest("body", "payload cannot be written as JSON", { cause: error });
  }
  if (text === undefined)
    throw new InvalidRequest("body", `payload of type ${typeof payload} has no JSON form`);
  return text;
}
