import type { Request, Response } from "@apnskit/connection";
import { integer } from "@apnskit/connection/internal";
import { Completions } from "./completions.ts";
import type { Failure, Recipient } from "./job.ts";

/** How far ahead of its reader `postAll` may be, and how it is stopped. */
export interface PostAllOptions {
  /**
   * Requests that are under way at once, and results that are kept for the reader. Default 1,000 for each connection of
   * the pool, and as many again, so that there is always one waiting when a stream becomes free; from 1.
   */
  concurrency?: number;
  /** Ends the run: what is under way is given up, and every result of it is still yielded. */
  signal?: AbortSignal;
}

/** How one request of `postAll` ended. */
export type PostResult =
  | {
      /** The request's place in the source, from 0. */
      readonly index: number;
      /** The very one that the source yielded. */
      readonly request: Request;
      /** APNs's answer, whatever its status. */
      readonly response: Response;
      /** Absent: there is an answer. */
      readonly error?: undefined;
    }
  | {
      /** The request's place in the source, from 0. */
      readonly index: number;
      /** The very one that the source yielded. */
      readonly request: Request;
      /** Absent: there is no answer. */
      readonly response?: undefined;
      /** Why there is none; its `delivery` says what became of the request. */
      readonly error: Failure;
    };

/** What takes the requests: a pool. */
export interface Submitter {
  /** Connections that are wanted. */
  readonly size: number;
  submit(request: Request, recipient: Recipient, signal?: AbortSignal): void;
}

/** See {@link Pool.postAll}. */
export function postAll(
  pool: Submitter,
  requests: Iterable<Request> | AsyncIterable<Request>,
  options: PostAllOptions,
): AsyncIterableIterator<PostResult> {
  const concurrency = integer(
    "concurrency",
    options.concurrency,
    pool.size * 2_000,
    1,
    Number.MAX_SAFE_INTEGER,
  );
  return new Completions(requests, concurrency, options.signal, (request, index, done, signal) => {
    const recipient: Recipient = {
      onResponse: (response) => done({ index, request, response }),
      onFailure: (error) => done({ index, request, error }),
    };
    pool.submit(request, recipient, signal);
  });
}
