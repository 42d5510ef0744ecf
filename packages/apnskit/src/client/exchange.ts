import type { Pool, PushError, Request, Response } from "@apnskit/pool";
import type { BearerToken } from "../credentials/provider-token.ts";
import type { ProviderTokenRejected } from "../errors.ts";
import type { Credentials } from "./credentials.ts";
import type { RequestTemplate } from "./request-template.ts";
import { Sending } from "./sending.ts";

/** How one request to a service other than push ended. */
export interface Exchanged {
  readonly sending: Sending;
  readonly end: Response | PushError;
  readonly refusal: ProviderTokenRejected | undefined;
}

/** One request to a service other than push: whoever makes it waits for its end. */
export class Exchange extends Sending {
  readonly #template: RequestTemplate;
  readonly #path: string;
  readonly #own: Readonly<Record<string, string>> | undefined;
  readonly #done: (exchanged: Exchanged) => void;

  /** @param own headers of this request alone */
  constructor(
    credentials: Credentials,
    pool: Pool,
    signal: AbortSignal | undefined,
    template: RequestTemplate,
    path: string,
    own: Readonly<Record<string, string>> | undefined,
    done: (exchanged: Exchanged) => void,
  ) {
    super(credentials, pool, signal);
    this.#template = template;
    this.#path = path;
    this.#own = own;
    this.#done = done;
  }

  protected createRequest(bearer: BearerToken | undefined, timeout?: number): Request {
    return this.#template.request(this.#path, this.#own, bearer, timeout);
  }

  protected onEnd(end: Response | PushError, refusal: ProviderTokenRejected | undefined): void {
    this.#done({ sending: this, end, refusal });
  }
}
