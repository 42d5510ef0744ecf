import { type HeadersInit, Request, RequestHeaders, type RequestOptions } from "@apnskit/pool";
import type { BearerToken } from "../credentials/provider-token.ts";
import { hasExpired } from "../notifications/expiration.ts";
import type { NotificationHeaders } from "../notifications/headers.ts";

/** What limits one request; see `RequestOptions` of `@apnskit/connection`. */
export type RequestLimits = Pick<RequestOptions, "timeout" | "deadline" | "idempotent" | "method">;

/**
 * Headers with `authorization`, checked once. Notifications share their header objects, so that a million of them need
 * one entry, which is replaced when the provider token is.
 */
export class AuthorizedHeaders {
  readonly #known = new WeakMap<
    NotificationHeaders,
    { bearer: BearerToken | undefined; headers: RequestHeaders }
  >();

  of(headers: NotificationHeaders, bearer: BearerToken | undefined): RequestHeaders {
    const known = this.#known.get(headers);
    if (known !== undefined && known.bearer === bearer) return known.headers;
    const authorized = RequestHeaders.from(
      bearer === undefined ? headers : { ...headers, authorization: bearer.authorization },
    );
    this.#known.set(headers, { bearer, headers: authorized });
    return authorized;
  }
}

/** All of a request but its path, its id and its credentials: what goes to many devices is put together once. */
export class RequestTemplate {
  readonly headers: NotificationHeaders;
  readonly body: Uint8Array;
  readonly limits: RequestLimits;
  readonly #authorized: AuthorizedHeaders;
  #bearer: BearerToken | undefined;
  #request: Request | undefined;

  constructor(
    authorized: AuthorizedHeaders,
    headers: NotificationHeaders,
    body: Uint8Array,
    limits: RequestLimits,
  ) {
    this.#authorized = authorized;
    this.headers = headers;
    this.body = body;
    this.limits = limits;
  }

  /**
   * @param own headers of this request alone
   * @throws InvalidRequest for limits that cannot be used
   */
  request(path: string, own: HeadersInit | undefined, bearer: BearerToken | undefined): Request {
    if (this.#request === undefined || this.#bearer !== bearer) {
      this.#request = this.#build(path, bearer);
      this.#bearer = bearer;
    }
    return this.#request.to(path, own);
  }

  /** Whether its `apns-expiration` has passed. @param epoch milliseconds since 1970 */
  hasExpired(epoch: number): boolean {
    return hasExpired(Number(this.headers["apns-expiration"] ?? 0), epoch);
  }

  #build(path: string, bearer: BearerToken | undefined): Request {
    // Sizes were checked when the notification was made.
    const options = { ...this.limits, maxBodyLength: this.body.length };
    return Request.of(path, this.#authorized.of(this.headers, bearer), this.body, options);
  }
}
