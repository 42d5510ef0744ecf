import { checkPath } from "@apnskit/connection/internal";
import type { Life, Request, Response } from "@apnskit/pool";
import type { Failure } from "@apnskit/pool/internal";
import type { BearerToken } from "../credentials/bearer-token.ts";
import type { ProviderTokenRejected } from "../errors.ts";
import type { RequestTemplate } from "./request-template.ts";
import { Sending, type SendingSetup } from "./sending.ts";

/** The result of a request to a service other than push. */
export interface ServiceResult {
  readonly end: Response | Failure;
  readonly life: Life;
  /** Milliseconds from the call to the end. */
  readonly duration: number;
  readonly refusal: ProviderTokenRejected | undefined;
}

/** One request to a service other than push, whose caller waits for the end. */
export class ServiceRequest extends Sending {
  readonly #template: RequestTemplate;
  readonly #path: string;
  readonly #own: Readonly<Record<string, string>> | undefined;
  readonly #done: (result: ServiceResult) => void;

  /** @param own headers of this request alone */
  constructor(
    setup: SendingSetup,
    template: RequestTemplate,
    path: string,
    own: Readonly<Record<string, string>> | undefined,
    done: (result: ServiceResult) => void,
  ) {
    super(setup);
    this.#template = template;
    this.#path = path;
    this.#own = own;
    this.#done = done;
  }

  protected createRequest(bearer: BearerToken | undefined): Request {
    checkPath(this.#path);
    return this.#template.request(this.#path, this.#own, bearer);
  }

  protected onAnswer(end: Response, life: Life, refusal: ProviderTokenRejected | undefined): void {
    this.#done({ end, life, duration: this.duration, refusal });
  }

  onFailure(end: Failure, life: Life): void {
    this.#done({ end, life, duration: this.duration, refusal: undefined });
  }
}
