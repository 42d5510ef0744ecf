import {
  type CheckedOptions,
  type Content,
  checkOptions,
  requestOf,
  type SharedParts,
  sharedParts,
} from "@apnskit/connection/internal";
import { type HeadersInit, type Request, RequestHeaders, type RequestOptions } from "@apnskit/pool";
import type { BearerToken } from "../credentials/bearer-token.ts";
import { hasExpired } from "../notifications/expiration.ts";
import type { NotificationHeaders } from "../notifications/headers.ts";

/** The limits of one request; see `RequestOptions` of `@apnskit/connection`. */
export type RequestLimits = Pick<RequestOptions, "timeout" | "deadline" | "idempotent" | "method">;

/** Checks limits once for all requests that share them. @throws InvalidRequest for invalid limits */
export function checkLimits(limits: RequestLimits): CheckedOptions {
  return checkOptions(limits);
}

/** A request without path, id and credentials: the parts for many devices are built once. */
export class RequestTemplate {
  readonly headers: NotificationHeaders;
  readonly content: Content;
  readonly #limits: CheckedOptions;
  #bearer: BearerToken | undefined = undefined;
  #parts: SharedParts | undefined = undefined;

  /** @param content its size was checked when the notification was made */
  constructor(headers: NotificationHeaders, content: Content, limits: CheckedOptions) {
    this.headers = headers;
    this.content = content;
    this.#limits = limits;
  }

  /** The same template with another content; its size was checked when the notification was made. */
  withContent(content: Content): RequestTemplate {
    const template = new RequestTemplate(this.headers, content, this.#limits);
    if (this.#parts !== undefined) {
      template.#bearer = this.#bearer;
      template.#parts = sharedParts(this.#parts.headers, content, this.#limits);
    }
    return template;
  }

  /** @param own headers of this request alone */
  request(path: string, own: HeadersInit | undefined, bearer: BearerToken | undefined): Request {
    if (this.#parts === undefined || this.#bearer !== bearer) {
      const { headers } = this;
      const all = bearer === undefined ? headers : { ...headers, authorization: bearer.authorization };
      // Equal headers of other notifications give the same set, so a million of them are checked and encoded once.
      this.#parts = sharedParts(RequestHeaders.from(all), this.content, this.#limits);
      this.#bearer = bearer;
    }
    return requestOf(path, this.#parts, own === undefined ? RequestHeaders.empty : RequestHeaders.from(own));
  }

  /** Whether the `apns-expiration` has passed. @param epoch milliseconds since 1970 */
  hasExpired(epoch: number): boolean {
    return hasExpired(Number(this.headers["apns-expiration"] ?? 0), epoch);
  }
}
