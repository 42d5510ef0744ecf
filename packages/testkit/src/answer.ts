import type { Fields } from "./http2/hpack-writer.ts";

/** An answer to write; `{}` is a 200 without a body. */
export interface Answer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Fields;
  /** An object is sent as JSON; a list is sent as one DATA frame per element at least. */
  readonly body?:
    | string
    | Uint8Array
    | readonly (string | Uint8Array)[]
    | { readonly [key: string]: unknown };
  readonly trailers?: Fields;
}
