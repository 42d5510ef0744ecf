import type { Fields } from "./http2/hpack-writer.ts";

/** An answer to write; `{}` is a 200 without a body. */
export interface Answer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Fields;
  /** An object is sent as JSON. A list is sent as at least one DATA frame per element. */
  readonly body?:
    | string
    | Uint8Array
    | readonly (string | Uint8Array)[]
    | { readonly [key: string]: unknown };
  readonly trailers?: Fields;
}
