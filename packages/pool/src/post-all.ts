import type { Request, Response } from "@apnskit/connection";
import { Completions } from "./completions.ts";
import { concurrencyOf, type Feedable, underWayLimitOf } from "./feeding.ts";
import type { Failure, Recipient } from "./recipient.ts";

/** How far ahead of its reader `postAll` may be, and how it is stopped. */
export interface PostAllOptions {
  /**
   * Requests that are under way at once, and results that are kept for the reader. Default 2,000 for each connection of
   * the pool; from 1. Fewer are under way where the server allows fewer streams: for each that waits for its answer, one
   * more waits for a stream, so that time limits do not pass in the queue.
   */
  concurrency?: number | undefined;
  /** Ends the run: what is under way is given up, and every result of it is still yielded. */
  signal?: AbortSignal | undefined;
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
export interface Submitter extends Feedable {
  submit(request: Request, recipient: Recipient, signal?: AbortSignal): void;
}

/** See {@link Pool.postAll}. */
export function postAll(
  pool: Submitter,
  requests: Iterable<Request> | AsyncIterable<Request>,
  options: PostAllOptions,
): AsyncIterableIterator<PostResult> {
  const concurrency = concurrencyOf(pool, options.concurrency);
  const post = (
    request: Request,
    index: number,
    done: (result: PostResult) => void,
    signal: AbortSignal,
  ): void => {
    const recipient: Recipient = {
      onResponse: (response) => done({ index, request, response }),
      onFailure: (error) => done({ index, request, error }),
    };
    pool.submit(request, recipient, signal);
  };
  return new Completions(requests, concurrency, options.signal, post, underWayLimitOf(pool));
}
