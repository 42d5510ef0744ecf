import {
  type CheckedOptions,
  type Content,
  checkOptions,
  requestOf,
  type SharedParts,
  sharedParts,
} from "@apnskit/connection/internal";
import { type HeadersInit, type Request, RequestHeaders, type RequestOptions } from "@apnskit/pool";
import type { BearerToken } from "../credentials/provider-token.ts";
import { hasExpired } from "../notifications/expiration.ts";
import type { NotificationHeaders } from "../notifications/headers.ts";

/** The limits of one request; see `RequestOptions` of `@apnskit/connection`. */
export type RequestLimits = Pick<RequestOptions, "timeout" | "deadline" | "idempotent" | "method">;

/** Checks limits once for all requests that share them. @throws InvalidRequest for invalid limits */
export function checkLimits(limits: RequestLimits): CheckedOptions {
  return checkOptions(limits);
}

/**
 * Headers with `authorization`, checked once. Notifications share their header objects, so a million of them
 * need one entry. A new provider token replaces the entry.
 */
export class AuthorizedHeaders {
  readonly #known = new WeakMap<
    NotificationHeaders,
    { bearer: BearerToken | undefined; headers: RequestHeaders }
  >();

  // Usually the next notification has the headers of the last one.
  #lastInit: NotificationHeaders | undefined;
  #lastBearer: BearerToken | undefined;
  #last: RequestHeaders | undefined;

  of(headers: NotificationHeaders, bearer: BearerToken | undefined): RequestHeaders {
    if (headers !== this.#lastInit || bearer !== this.#lastBearer || this.#last === undefined) {
      this.#last = this.#recall(headers, bearer);
      this.#lastInit = headers;
      this.#lastBearer = bearer;
    }
    return this.#last;
  }

  #recall(headers: NotificationHeaders, bearer: BearerToken | undefined): RequestHeaders {
    const known = this.#known.get(headers);
    if (known !== undefined && known.bearer === bearer) return known.headers;
    const authorized = RequestHeaders.from(
      bearer === undefined ? headers : { ...headers, authorization: bearer.authorization },
    );
    // Headers with an id belong to one notification: an entry for each would slow the garbage collector.
    if (headers["apns-id"] === undefined) this.#known.set(headers, { bearer, headers: authorized });
    return authorized;
  }
}

/** A request without path, id and credentials: the parts for many devices are built once. */
export class RequestTemplate {
  readonly headers: NotificationHeaders;
  readonly content: Content;
  readonly #authorized: AuthorizedHeaders;
  readonly #limits: CheckedOptions;
  #bearer: BearerToken | undefined;
  #parts: SharedParts | undefined;

  /** @param content its size was checked when the notification was made */
  constructor(
    authorized: AuthorizedHeaders,
    headers: NotificationHeaders,
    content: Content,
    limits: CheckedOptions,
  ) {
    this.#authorized = authorized;
    this.headers = headers;
    this.content = content;
    this.#limits = limits;
  }

  /** @param own headers of this request alone */
  request(path: string, own: HeadersInit | undefined, bearer: BearerToken | undefined): Request {
    if (this.#parts === undefined || this.#bearer !== bearer) {
      this.#parts = sharedParts(this.#authorized.of(this.headers, bearer), this.content, this.#limits);
      this.#bearer = bearer;
    }
    return requestOf(path, this.#parts, own === undefined ? RequestHeaders.empty : RequestHeaders.from(own));
  }

  /** Whether the `apns-expiration` has passed. @param epoch milliseconds since 1970 */
  hasExpired(epoch: number): boolean {
    return hasExpired(Number(this.headers["apns-expiration"] ?? 0), epoch);
  }
}
